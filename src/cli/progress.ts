import type { Change } from '../control/apply-event.ts'
import type { ActiveAttempt, Snapshot } from '../control/snapshot.ts'
import { formatUsd } from '../domain/budget.ts'
import { printable } from '../util/printable.ts'
import { formatDuration } from '../util/quantity.ts'
import { changeLine, nameOf } from './change-line.ts'
import type { RunReader } from './run-view.ts'
import type { Terminal } from './terminal.ts'

/** Shows a run while it lasts. Started by `startProgress`, ended by disposing it. */
export interface Progress extends Disposable {
  /** An attempt changed its state. */
  changed(change: NonNullable<Change>): void
  /** Shows a line of its own. */
  told(line: string): void
}

const liveEveryMs = 500
const heartbeatEveryMs = 10_000

/** One live line at the foot of a terminal; else plain lines, with a heartbeat. Lines of verdicts in both. */
export function startProgress(terminal: Terminal, run: Pick<RunReader, 'snapshot' | 'rolloutFacts'>): Progress {
  const { snapshot } = run
  const isLive = terminal.isLive
  const redraw = () => terminal.err(`\r\u001b[K${liveLine(snapshot(), terminal.columns())}`)
  const beat = () => terminal.err(`${heartbeatLine(snapshot())}\n`)
  const timer = isLive ? setInterval(redraw, liveEveryMs) : setInterval(beat, heartbeatEveryMs)
  if (isLive) redraw()
  const told = (line: string) => {
    if (isLive) terminal.err('\r\u001b[K')
    terminal.out(`${line}\n`)
    if (isLive) redraw()
  }
  return {
    told,
    changed(change) {
      const line = changeLine(terminal, change, run)
      if (line !== null) told(line)
    },
    [Symbol.dispose]() {
      clearInterval(timer)
      if (isLive) terminal.err('\r\u001b[K')
    },
  }
}

/** `17/48 · 9 accepted · 8 rejected · 2 running: django__django-1 build 12s · 31/h · 1h02m left` */
export function liveLine(now: Snapshot, columns: number): string {
  const oldest = now.active[0]
  const running =
    oldest === undefined
      ? `${now.running} running`
      : `${now.running} running: ${placeOf(oldest)} ${formatDuration(oldest.stageAgeMs)}`
  const line = [...counts(now), running, ...pace(now)].join(' · ')
  return Bun.stringWidth(line) < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`
}

function heartbeatLine(now: Snapshot): string {
  const active = now.active.map((attempt) => placeOf(attempt))
  return `${[...counts(now), `${now.running} running`, ...pace(now)].join(' · ')} [${active.join(', ')}]`
}

/** `a__a-1 build`; of a rollout `a__a-1#2 solve step 17`, with the solver's step. */
function placeOf(attempt: ActiveAttempt): string {
  const step = attempt.stage === 'solve' ? ` step ${attempt.iteration}` : ''
  return `${printable(nameOf(attempt))} ${attempt.stage}${step}`
}

function counts(now: Snapshot): string[] {
  const outcomes =
    now.kind === 'synthesis'
      ? [`${now.accepted} accepted`, `${now.rejected} rejected`]
      : [`${now.resolved} resolved`, `${now.unresolved} unresolved`]
  return [
    `${now.total - now.queued - now.running}/${now.total}`,
    ...outcomes,
    ...(now.unsolvable > 0 ? [`${now.unsolvable} unsolvable`] : []),
    ...(now.spared > 0 ? [`${now.spared} spared`] : []),
    ...(now.faulted > 0 ? [`${now.faulted} faulted`] : []),
    ...(now.spentUsd === null ? [] : [formatUsd(now.spentUsd)]),
  ]
}

function pace(now: Snapshot): string[] {
  if (now.remainingMs === null) return []
  const perHour = (now.settledInRun / now.elapsedMs) * 3_600_000
  return [`${perHour < 10 ? perHour.toFixed(1) : Math.round(perHour)}/h`, `${formatDuration(now.remainingMs)} left`]
}
