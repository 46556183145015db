import type { CollectState, CollectStep, Skip } from '../../collect/collect-step.ts'
import type { Quota } from '../../github/token-ring.ts'
import { printable } from '../../util/printable.ts'
import { formatDuration } from '../../util/quantity.ts'
import type { Terminal } from '../terminal.ts'
import type { CollectSource } from './source.ts'

/** How fast it goes and how far it is. */
interface Pace {
  readonly rows: number
  readonly rowsPerMinute: number
  readonly leftMs: number | null
}

export interface ProgressOptions {
  readonly isJson: boolean
  readonly quotas: CollectSource['quotas']
  /** How many there are to collect from. */
  readonly repos: number
  readonly from: CollectState
}

const lineEveryMs = 10_000

/** Says on stderr how collecting goes on: a line redrawn on a terminal, else one now and then; or JSON lines. */
export class CollectProgress {
  readonly #terminal: Terminal
  readonly #options: ProgressOptions
  readonly #skips = new Map<string, number>()
  readonly #startedMs = Date.now()
  #rows = 0
  #saidMs = Date.now()

  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal
    this.#options = options
  }

  step(step: CollectStep): void {
    switch (step.kind) {
      case 'row':
        this.#rows += 1
        break
      case 'skipped':
        this.#skips.set(step.reason, (this.#skips.get(step.reason) ?? 0) + 1)
        this.#say({ ...step, kind: undefined, event: 'skipped' }, skipLine(step))
        break
      case 'repository': {
        const isRenamed = step.repo.toLowerCase() !== step.asked.toLowerCase()
        const line = isRenamed ? `${step.asked} is called ${step.repo} now` : null
        this.#say({ event: 'repository', repo: step.repo, asked: step.asked }, line)
        break
      }
      case 'page':
        this.#page(step.state, step.total, Date.now())
        break
      case 'stopped':
        this.#say({ event: 'stopped', explanation: step.explanation }, `stopped: ${step.explanation}`)
        break
    }
  }

  waiting(untilMs: number, why: string): void {
    const line = `waiting for ${formatDuration(Math.max(0, untilMs - Date.now()))}: ${why}`
    this.#say({ event: 'waiting', until_ms: untilMs, why }, line)
  }

  /** The last line: all rows there are, and what was left out in this run and why. */
  finished(rows: number): void {
    const skipped = [...this.#skips].map(([reason, count]) => `${count} ${reason}`)
    const line = `${rows} rows${skipped.length > 0 ? `; skipped: ${skipped.join(', ')}` : ''}`
    this.#say({ event: 'finished', rows, skipped: Object.fromEntries(this.#skips) }, line)
  }

  #page(state: CollectState, total: number | null, nowMs: number): void {
    const { isJson, quotas, repos } = this.#options
    const pace = this.#pace(state, total, nowMs)
    const { isLive } = this.#terminal
    if (isJson) this.#say(pageEvent(state, total, pace, quotas()), null)
    if (isJson || (!isLive && nowMs - this.#saidMs < lineEveryMs)) return
    this.#saidMs = nowMs
    const line = [
      `${Math.min(state.repoIndex + 1, repos)}/${repos} ${printable(state.repository?.repo ?? '')}`.trimEnd(),
      total === null ? `${state.seen} seen` : `${state.seen}/${total} pull requests`,
      `${pace.rows} rows`,
      `${pace.rowsPerMinute}/min`,
      ...quotaWords(quotas(), nowMs),
      ...(pace.leftMs === null ? [] : [`${formatDuration(pace.leftMs)} left`]),
    ].join(' · ')
    this.#terminal.err(isLive ? `\r\u001b[K${line.slice(0, this.#terminal.columns() - 1)}` : `${line}\n`)
  }

  #pace(state: CollectState, total: number | null, nowMs: number): Pace {
    const { repos, from } = this.#options
    const elapsedMs = Math.max(1, nowMs - this.#startedMs)
    const share = shareDone(state, total, repos)
    const shareOfRun = share - shareDone(from, null, repos)
    return {
      rows: this.#rows,
      rowsPerMinute: Math.round((this.#rows / elapsedMs) * 60_000),
      leftMs: shareOfRun > 0 ? Math.round((elapsedMs * (1 - share)) / shareOfRun) : null,
    }
  }

  /** The event where JSON is wanted, else the line, if there is one. */
  #say(event: object, line: string | null): void {
    if (this.#options.isJson) this.#terminal.err(`${JSON.stringify({ ...event, at_ms: Date.now() })}\n`)
    else if (line !== null) this.#terminal.err(`${this.#terminal.isLive ? '\r\u001b[K' : ''}${printable(line)}\n`)
  }
}

/** Null where it was asked for: a line each would say nothing new. */
function skipLine(skip: Skip): string | null {
  if (skip.reason === 'no-issue') return null
  const what = skip.pull_number === null ? skip.repo : `${skip.repo}#${skip.pull_number}`
  return `skipped ${what}: ${skip.reason}: ${skip.explanation}`
}

type Quotas = ReturnType<CollectSource['quotas']>

function pageEvent(state: CollectState, total: number | null, pace: Pace, { graphql, core }: Quotas): object {
  return {
    event: 'page',
    repo: state.repository?.repo ?? null,
    seen: state.seen,
    total,
    rows: pace.rows,
    rows_per_minute: pace.rowsPerMinute,
    left_ms: pace.leftMs,
    graphql_remaining: graphql?.remaining ?? null,
    core_remaining: core?.remaining ?? null,
  }
}

function quotaWords({ graphql, core }: Quotas, nowMs: number): string[] {
  const known = [graphql, core].filter((quota): quota is Quota => quota !== null)
  if (known.length === 0) return []
  const counts = [graphql, core].map((quota) => quota?.remaining ?? '?').join(' + ')
  const resetMs = Math.min(...known.map((quota) => quota.resetMs))
  return [`quota ${counts}, renewed in ${formatDuration(Math.max(0, resetMs - nowMs))}`]
}

/** Repositories count alike, since nobody knows before how many pull requests they have. */
function shareDone(state: CollectState, total: number | null, repos: number): number {
  const ofThis = total === null || total === 0 || state.repository === null ? 0 : Math.min(1, state.seen / total)
  return repos === 0 ? 1 : Math.min(1, (state.repoIndex + ofThis) / repos)
}
