import type { SolverTries } from '../store/rollouts.ts'

/** How hard the instances are for one solver. */
export interface Difficulty {
  readonly solver: string
  readonly instances: number
  readonly tried: number
  readonly resolved: number
  /** Instances by the share of their graded tries that resolved them, the hardest first. */
  readonly bins: readonly { readonly name: string; readonly instances: number }[]
}

/** Of a share above the one before, up to this. */
const bins = [
  { name: 'never', upTo: 0 },
  { name: '≤ ¼', upTo: 0.25 },
  { name: '≤ ½', upTo: 0.5 },
  { name: '≤ ¾', upTo: 0.75 },
  { name: '< 1', upTo: 1 - Number.EPSILON },
  { name: 'always', upTo: 1 },
] as const

/** One for each solver with a graded try, by its name. */
export function difficulties(tries: readonly SolverTries[]): Difficulty[] {
  const graded = tries.filter(({ tried }) => tried > 0)
  return [...Map.groupBy(graded, ({ solver }) => solver)]
    .map(([solver, own]) => ({
      solver,
      instances: own.length,
      tried: own.reduce((sum, { tried }) => sum + tried, 0),
      resolved: own.reduce((sum, { resolved }) => sum + resolved, 0),
      bins: bins.map(({ name }, index) => ({ name, instances: own.filter((row) => binOf(row) === index).length })),
    }))
    .toSorted((a, b) => (a.solver < b.solver ? -1 : 1))
}

function binOf({ resolved, tried }: SolverTries): number {
  return bins.findIndex(({ upTo }) => resolved / tried <= upTo)
}
