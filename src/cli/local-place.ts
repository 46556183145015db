import { join } from 'node:path'
import type { RunEnding } from '../control/control.ts'
import { sweepKilledRuns, sweepRun } from '../control/leftovers.ts'
import { WorkingEngine } from '../node/working-engine.ts'
import { endRun } from '../store/runs.ts'
import { printable } from '../util/printable.ts'
import type { Undertaking } from './conduct-run.ts'
import { type Machine, prepareMachine } from './machine.ts'
import { modelGateway } from './model-answers.ts'
import { slotsOf } from './options/run.ts'
import { runLocally } from './run-locally.ts'
import type { PlacedRun, RunPlace } from './run-place.ts'
import { workersOn } from './workers.ts'

const usualCleanUpMs = 60_000
/** For somebody who pressed Ctrl-C twice. */
const hurriedCleanUpMs = 5_000

/** This machine. Throws PreflightError where no run could start here. */
export async function localPlace({ engine, options }: Undertaking): Promise<RunPlace> {
  const machine = await prepareMachine(engine, options.cache)
  const slots = slotsOf(options, machine.facts)
  return {
    capacity: machine.facts,
    names: null,
    how: `${slots} at a time`,
    facts: { slots },
    stopWords: ['stopping: what runs is given back; once more leaves at once', 'leaving', 'leaving'],
    sweep: (store) => sweepKilledRuns(store, engine, machine.workRoot),
    work: (run) => Promise.race([work(run, machine, slots), aborted(run.signals.second)]),
    async leave({ store, runId }, hasLeftAtOnce) {
      const cleanUpMs = hasLeftAtOnce ? hurriedCleanUpMs : usualCleanUpMs
      const problems = await Promise.race([sweepRun(engine, runId, machine.workRoot), late(cleanUpMs)])
      if (problems.length === 0) endRun(store, runId, 'ended', Date.now())
      return problems
    },
  }
}

async function work(run: PlacedRun, machine: Machine, slots: number): Promise<RunEnding> {
  const { store, runId, plan, undertaking, signals, view, terminal, counters, onFleet } = run
  const { policy } = undertaking
  // Nobody else is there who could take what waits.
  const setup = { ...undertaking.setup, ahead: 0 }
  const signal = AbortSignal.any([signals.first, terminal.closed])
  const tell = (text: string) => terminal.err(`${printable(text)}\n`)
  await using gateway = modelGateway(run, signal)
  await using working = await WorkingEngine.start(
    {
      socketPath: undertaking.engine.socketPath,
      runId,
      slots,
      workFolder: machine.workRoot,
      mayRemoveAccepted: false,
      onWait: (waitingFor) => waitingFor !== null && tell(`nothing begins now: ${waitingFor}`),
      onProblem: tell,
    },
    signals.second,
  )
  const workDir = join(machine.workRoot, runId)
  return await runLocally({
    store,
    runId,
    plan,
    policy,
    setup,
    slots,
    workers: working.watched(workersOn(working.engine, machine, { runId, setup, workDir })),
    facts: () => working.facts,
    onEvent: view.event,
    onLost: view.lost,
    watch: counters,
    onFleet,
    answer: gateway.answer,
    signal,
  })
}

async function late(boundMs: number): Promise<readonly string[]> {
  await Bun.sleep(boundMs)
  return [`cleaning up takes longer than ${boundMs / 1000} s`]
}

function aborted(signal: AbortSignal): Promise<'left'> {
  if (signal.aborted) return Promise.resolve('left')
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('left'), { once: true }))
}
