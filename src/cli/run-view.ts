import type { Change } from '../control/apply-event.ts'
import type { RunEnding } from '../control/control.ts'
import type { Intake } from '../control/intake.ts'
import type { Snapshot } from '../control/snapshot.ts'
import type { NodeEvent } from '../domain/message.ts'
import { describeProblem, type InputProblem } from '../input/problem.ts'
import { printable } from '../util/printable.ts'
import { jsonLines } from './json-progress.ts'
import { type Progress, startProgress } from './progress.ts'
import { intakeLine, outcomeTable, summaryLine } from './report.ts'
import type { Terminal } from './terminal.ts'

/** What is shown of a run, in the order it happens. */
export interface RunView {
  problem(problem: InputProblem): void
  /** Every row is read; `slots` attempts at a time begin now. */
  taken(intake: Intake, slots: number): void
  event(event: NodeEvent, change: Change): void
  ended(ending: RunEnding | 'left'): void
}

/** Lines for people, or with `isJson` one JSON object a line on `out` and nothing else there. */
export function viewRun(terminal: Terminal, file: string, isJson: boolean, snapshot: () => Snapshot): RunView {
  return isJson ? jsonView(terminal, file, snapshot) : plainView(terminal, file, snapshot)
}

function plainView(terminal: Terminal, file: string, snapshot: () => Snapshot): RunView {
  let progress: Progress | undefined
  return {
    problem: (problem) => terminal.err(`${printable(describeProblem(file, problem))}\n`),
    taken(intake, slots) {
      terminal.out(`${intakeLine(intake, slots)}\n`)
      progress = startProgress(terminal, snapshot)
    },
    event: (_event, change) => change && progress?.changed(change),
    ended(ending) {
      progress?.[Symbol.dispose]()
      const now = snapshot()
      terminal.out(`\n${outcomeTable(terminal, now)}${summaryLine(now)}\n`)
      const note = noteOn(ending)
      if (note !== null) terminal.err(`${note}\n`)
    },
  }
}

function noteOn(ending: RunEnding | 'left'): string | null {
  if (ending === 'left') return 'left at once; the same command again goes on'
  switch (ending.kind) {
    case 'finished':
      return null
    case 'stopped':
      return 'stopped; the same command again goes on'
    case 'halted':
      return `given up, since the machine keeps failing: ${printable(ending.fault.message)}\nthe same command again goes on`
  }
}

function jsonView(terminal: Terminal, file: string, snapshot: () => Snapshot): RunView {
  const print = (line: unknown) => terminal.out(`${JSON.stringify(line)}\n`)
  return {
    problem: (problem) => print({ event: 'problem', file, ...problem }),
    taken: (intake, slots) => print({ event: 'intake', slots, ...intake }),
    event(event, change) {
      for (const line of jsonLines(event, change)) terminal.out(line)
    },
    ended: (ending) => print({ event: 'end', ending: ending === 'left' ? { kind: 'left' } : ending, ...snapshot() }),
  }
}
