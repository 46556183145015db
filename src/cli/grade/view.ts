import type { Fault } from '../../domain/fault.ts'
import type { GradeSummary } from '../../domain/grade.ts'
import { describeProblem, type InputProblem } from '../../input/problem.ts'
import type { Standing, SweBenchReport } from '../../rollout/swe-bench-report.ts'
import { printable } from '../../util/printable.ts'
import { formatDuration } from '../../util/quantity.ts'
import { type Colour, inColour } from '../colour.ts'
import { table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

/** What is graded: the instance, and who predicted. */
export interface GradedOf {
  readonly model: string
  readonly instance_id: string
}

export interface FinishedModel {
  readonly model: string
  readonly file: string
  readonly report: SweBenchReport
}

/** What is shown of grading, in the order it happens. Disposing of it ends the live line. */
export interface GradeView extends Disposable {
  problem(file: string, problem: InputProblem): void
  /** Everything is read: `total` patches are to be graded, `slots` at a time. */
  begun(total: number, slots: number): void
  /** Instances of the data set that have no accepted environment, where patches come from the instances themselves. */
  withoutEnvironment(count: number, total: number): void
  notGraded(of: GradedOf, standing: Extract<Standing, 'empty' | 'not-graded'>, why: string): void
  /** Names of official lists that are left out. */
  unmeasured(instanceId: string, names: readonly string[]): void
  graded(of: GradedOf, grade: GradeSummary, isRecalled: boolean): void
  faulted(of: GradedOf, fault: Fault): void
  finished(models: readonly FinishedModel[]): void
}

/** Lines for people, or with `isJson` one JSON object a line on `out` and nothing else there. */
export function viewGrades(terminal: Terminal, isJson: boolean): GradeView {
  return isJson ? jsonView(terminal) : plainView(terminal)
}

const liveEveryMs = 500
const heartbeatEveryMs = 30_000

function plainView(terminal: Terminal): GradeView {
  const counts: Record<'resolved' | 'unresolved' | 'faulted', number> = { resolved: 0, unresolved: 0, faulted: 0 }
  let total = 0
  let startedAtMs = 0
  let timer: ReturnType<typeof setInterval> | undefined
  const done = () => counts.resolved + counts.unresolved + counts.faulted
  const status = () => statusLine(counts, done(), total, performance.now() - startedAtMs)
  const redraw = () => terminal.err(`\r\u001b[K${status().slice(0, Math.max(0, terminal.columns() - 1))}`)
  const say = (line: string) => {
    if (terminal.isLive) terminal.err('\r\u001b[K')
    terminal.out(`${line}\n`)
    if (terminal.isLive && timer !== undefined) redraw()
  }
  const result = (kind: keyof typeof counts, colour: Colour, what: string, of: GradedOf, why: string) => {
    counts[kind] += 1
    say(
      `${inColour(terminal, colour, what)} ${printable(of.instance_id)} (${done()}/${total}) ${printable(why)}`.trimEnd(),
    )
  }
  return {
    problem: (file, problem) => terminal.err(`${printable(describeProblem(file, problem))}\n`),
    begun(count, slots) {
      total = count
      startedAtMs = performance.now()
      terminal.out(`${count} patches to grade, ${slots} at a time\n`)
      const beat = () => terminal.err(`${status()}\n`)
      timer = setInterval(terminal.isLive ? redraw : beat, terminal.isLive ? liveEveryMs : heartbeatEveryMs)
    },
    withoutEnvironment: (count, total) =>
      terminal.err(`${count} of ${total} instances have no accepted environment, and are incomplete in the report\n`),
    notGraded: (of, _, why) => terminal.err(`not graded: ${printable(of.instance_id)} ${printable(why)}\n`),
    unmeasured(instanceId, names) {
      const some = names.slice(0, 3).join(', ')
      terminal.err(
        `${instanceId}: ${names.length} official tests left out, which the gold patch does not pass: ${printable(some)}\n`,
      )
    },
    graded(of, grade, isRecalled) {
      const { outcome } = grade
      const what = outcome.kind === 'resolved' ? 'resolved' : `unresolved ${outcome.reason}`
      result(outcome.kind, outcome.kind === 'resolved' ? 'green' : 'red', what, of, wordsOn(grade, isRecalled))
    },
    faulted: (of, fault) => result('faulted', 'yellow', `fault ${fault.kind}`, of, fault.message),
    finished: (models) => terminal.out(`\n${summaryTable(models)}${reportLines(models)}`),
    [Symbol.dispose]() {
      clearInterval(timer)
      timer = undefined
      if (terminal.isLive) terminal.err('\r\u001b[K')
    },
  }
}

const explanationLimit = 200

function wordsOn({ outcome, takenBack, durationMs }: GradeSummary, isRecalled: boolean): string {
  const why = outcome.kind === 'unresolved' ? (outcome.explanation.trim().split('\n')[0] ?? '') : ''
  return [
    isRecalled ? 'graded before' : durationMs > 0 ? formatDuration(durationMs) : '',
    why.length > explanationLimit ? `${why.slice(0, explanationLimit)}…` : why,
    takenBack.length > 0
      ? `[taken back: ${takenBack.map(({ path, reason }) => `${path} (${reason})`).join(', ')}]`
      : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function statusLine(
  counts: Readonly<Record<'resolved' | 'unresolved' | 'faulted', number>>,
  done: number,
  total: number,
  elapsedMs: number,
): string {
  const left = done > 0 ? [`${formatDuration((elapsedMs / done) * (total - done))} left`] : []
  const faulted = counts.faulted > 0 ? [`${counts.faulted} faulted`] : []
  return [
    `${done}/${total}`,
    `${counts.resolved} resolved`,
    `${counts.unresolved} unresolved`,
    ...faulted,
    ...left,
  ].join(' · ')
}

function summaryTable(models: readonly FinishedModel[]): string {
  const head = [
    'model',
    'instances',
    'submitted',
    'resolved',
    'unresolved',
    'empty',
    'error',
    'not graded',
    'resolved %',
  ]
  return table([
    head,
    ...models.map(({ model, report }) => {
      const judged = report.completed_instances + report.empty_patch_instances
      const share = judged === 0 ? '-' : ((100 * report.resolved_instances) / judged).toFixed(1)
      const numbers = [
        report.total_instances,
        report.submitted_instances,
        report.resolved_instances,
        report.unresolved_instances,
        report.empty_patch_instances,
        report.error_instances,
        report.not_graded_ids.length,
      ]
      return [printable(model), ...numbers.map(String), share]
    }),
  ])
}

function reportLines(models: readonly FinishedModel[]): string {
  return models.map(({ file }) => `report: ${file}\n`).join('')
}

function jsonView(terminal: Terminal): GradeView {
  const print = (line: unknown) => terminal.out(`${JSON.stringify(line)}\n`)
  const standing = (of: GradedOf, kind: Standing, more: object) =>
    print({ event: 'grade', ...of, standing: kind, ...more })
  return {
    problem: (file, problem) => print({ event: 'problem', file, ...problem }),
    begun: (total, slots) => print({ event: 'begun', total, slots }),
    withoutEnvironment: (count, total) => print({ event: 'without-environment', count, total }),
    notGraded: (of, kind, why) => standing(of, kind, { why }),
    unmeasured: (instance_id, names) => print({ event: 'unmeasured', instance_id, names }),
    graded: (of, { outcome, takenBack, durationMs, ...grade }, isRecalled) =>
      standing(of, outcome.kind, {
        outcome,
        ...grade,
        taken_back: takenBack,
        duration_ms: durationMs,
        is_recalled: isRecalled,
      }),
    faulted: (of, fault) => standing(of, 'error', { fault }),
    finished: (models) => {
      for (const { model, file, report } of models) print({ event: 'report', model, file, ...report })
    },
    [Symbol.dispose]: () => undefined,
  }
}
