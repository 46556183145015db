import type { Change } from '../control/apply-event.ts'
import type { Asked } from '../control/asked.ts'
import type { RunEnding } from '../control/control.ts'
import type { OutcomeCost, Snapshot } from '../control/snapshot.ts'
import type { Fault } from '../domain/fault.ts'
import type { NodeEvent } from '../domain/message.ts'
import { describeProblem, type InputProblem } from '../input/problem.ts'
import type { RolloutFacts, SolverTries } from '../store/rollouts.ts'
import { printable } from '../util/printable.ts'
import { askedLines } from './asked-lines.ts'
import { jsonLines, stateLines } from './json-progress.ts'
import { outcomeTable, summaryLine, triesTable } from './outcome-table.ts'
import { type Progress, startProgress } from './progress.ts'
import { publishedLine } from './published-line.ts'
import type { RunPlace } from './run-place.ts'
import type { Terminal } from './terminal.ts'

/** What is shown of a run, in the order it happens. */
export interface RunView {
  problem(file: string, problem: InputProblem): void
  /** All that is to be done is queued, and begins now. */
  taken(taken: { readonly line: string; readonly facts: object }, place: Pick<RunPlace, 'how' | 'facts'>): void
  /** Of a run that goes on: what holds still of what was asked of it before. */
  asked(asked: Asked): void
  event(event: NodeEvent, change: Change): void
  /** A lease is over, and its node did not say so. */
  lost(change: NonNullable<Change>, atMs: number): void
  /** What happens is shown from now on: no screen shows it. */
  follow(): void
  ended(ending: RunEnding | 'left'): void
}

/** Reads the state of the run that is shown. */
export interface RunReader {
  snapshot(): Snapshot
  /** What each outcome cost; null where the run asks no model. */
  costs(): readonly OutcomeCost[] | null
  /** What is known of a rollout, such as how many steps it took; empty of one that has not ended. */
  rolloutFacts(attemptId: number): RolloutFacts | undefined
  /** How each instance stands; empty where the run makes no rollouts. */
  tries(): readonly SolverTries[]
}

/** Lines for people, or with `isJson` one JSON object a line on `out` and nothing else there. */
export function viewRun(terminal: Terminal, isJson: boolean, run: RunReader): RunView {
  return isJson ? jsonView(terminal, run) : plainView(terminal, run)
}

function plainView(terminal: Terminal, run: RunReader): RunView {
  let progress: Progress | undefined
  return {
    problem: (file, problem) => terminal.err(`${printable(describeProblem(file, problem))}\n`),
    taken({ line }, { how }) {
      terminal.out(`${line}; ${how}\n`)
    },
    asked(asked) {
      for (const line of askedLines(asked)) terminal.err(`${printable(line)}\n`)
    },
    follow() {
      progress = startProgress(terminal, run)
    },
    event(event, change) {
      if (change === null) return
      progress?.changed(change)
      if (event.type === 'settled' && event.result.image !== undefined) {
        progress?.told(publishedLine(terminal, change.instance_id, event.result.image))
      }
    },
    lost(change) {
      progress?.changed(change)
    },
    ended(ending) {
      progress?.[Symbol.dispose]()
      const now = run.snapshot()
      const tries = run.tries()
      if (tries.length > 0) terminal.out(`\n${triesTable(tries)}`)
      terminal.out(`\n${outcomeTable(terminal, now, run.costs())}${summaryLine(now)}\n`)
      const note = noteOn(ending)
      if (note !== null) terminal.err(`${note}\n`)
    },
  }
}

function noteOn(ending: RunEnding | 'left'): string | null {
  if (ending === 'left') return 'left at once; the same command continues it'
  switch (ending.kind) {
    case 'finished':
      return null
    case 'detached':
      return 'the machines work on; the same command comes back to them'
    case 'stopped':
      return 'stopped; the same command continues it'
    case 'halted':
      return noteOnHalt(ending.fault)
  }
}

function noteOnHalt({ kind, message }: Fault): string {
  const said = printable(message, 'lines')
  if (kind === 'budget-spent') return `stopped, since the budget is spent: ${said}`
  const why = kind === 'model-refused' ? 'the model cannot be asked' : 'the machinery keeps failing'
  return `given up, since ${why}: ${said}\nthe same command continues it`
}

function jsonView(terminal: Terminal, run: RunReader): RunView {
  const print = (line: unknown) => terminal.out(`${JSON.stringify(line)}\n`)
  return {
    problem: (file, problem) => print({ event: 'problem', file, ...problem }),
    taken: ({ facts }, place) => print({ event: 'intake', ...place.facts, ...facts }),
    asked: (asked) => print({ event: 'asked', ...asked }),
    follow: () => undefined,
    event(event, change) {
      for (const line of jsonLines(event, change)) terminal.out(line)
    },
    lost(change, atMs) {
      for (const line of stateLines(change, atMs)) terminal.out(line)
    },
    ended(ending) {
      for (const row of run.tries()) print({ event: 'instance', ...row })
      const costs = run.costs()
      const how = ending === 'left' ? { kind: 'left' } : ending
      print({ event: 'end', ending: how, ...run.snapshot(), ...(costs === null ? {} : { costs }) })
    },
  }
}
