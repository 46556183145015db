import type { SolverStats } from '../curation/rollout-stats.ts'
import type { InstanceRow, ReportRows, ReportRun, RoleCost, StageRow } from '../store/report-rows.ts'
import { type Difficulty, difficulties } from './difficulty.ts'
import { type FunnelStep, funnelOf } from './funnel.ts'
import { type ReasonCount, reasonsOf } from './reasons.ts'
import { type Timeline, timelineOf } from './timeline.ts'
import { type Yield, yieldBy, yieldOf } from './yield.ts'

/** What a report says of a solver besides how its tries stand. */
export interface SolverFacts extends SolverStats {
  readonly costUsd: number
  readonly costPerKeptUsd: number | null
}

/** All that the page shows, and nothing about how. */
export interface ReportFacts {
  readonly madeAtMs: number
  readonly overall: Yield
  /** Model calls of all kinds. */
  readonly spentUsd: number
  readonly workedMs: number
  /** Attempts that are being worked on. */
  readonly active: number
  readonly funnel: readonly FunnelStep[]
  readonly reasons: readonly ReasonCount[]
  readonly authors: readonly Yield[]
  readonly repos: readonly Yield[]
  readonly stages: readonly StageRow[]
  readonly timeline: Timeline
  readonly roles: readonly RoleCost[]
  readonly difficulties: readonly Difficulty[]
  readonly solvers: readonly SolverFacts[]
  readonly slowest: readonly InstanceRow[]
  /** None where no model was asked. */
  readonly dearest: readonly InstanceRow[]
  readonly runs: readonly ReportRun[]
}

/** Instances in the tables of the slowest and the dearest. */
const mostShown = 25

export function reportFacts(rows: ReportRows, solvers: readonly SolverFacts[], madeAtMs: number): ReportFacts {
  const { instances, runs } = rows
  const timeline = timelineOf(rows)
  return {
    madeAtMs,
    overall: yieldOf('all', instances),
    spentUsd: rows.roles.reduce((sum, { cost_usd }) => sum + cost_usd, 0),
    workedMs: timeline.spanMs,
    active: rows.work.filter(({ to_ms }) => to_ms === null).length,
    funnel: funnelOf(instances, rows.tries),
    reasons: reasonsOf(instances),
    authors: yieldBy(instances, ({ author }) => author),
    repos: yieldBy(instances, ({ repo }) => repo),
    stages: rows.stages,
    timeline,
    roles: rows.roles,
    difficulties: difficulties(rows.tries),
    solvers,
    slowest: most(instances, ({ duration_ms }) => duration_ms),
    dearest: most(instances, ({ cost_usd }) => cost_usd),
    runs,
  }
}

function most(instances: readonly InstanceRow[], figureOf: (instance: InstanceRow) => number): InstanceRow[] {
  return instances
    .filter((instance) => figureOf(instance) > 0)
    .toSorted((a, b) => figureOf(b) - figureOf(a))
    .slice(0, mostShown)
}
