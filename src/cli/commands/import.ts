import * as v from 'valibot'
import { takeInImports } from '../../control/import-rollouts.ts'
import type { RolloutPlan } from '../../control/run-plan.ts'
import { defaultFaultPolicy } from '../../domain/attempt.ts'
import type { Capacity } from '../../domain/capacity.ts'
import { readTrajectories } from '../../input/trajectories.ts'
import type { Store } from '../../store/store.ts'
import { command } from '../command.ts'
import { conductRun, type Taken } from '../conduct-run.ts'
import { importIntakeLine } from '../intake-line.ts'
import { connectEngine } from '../machine.ts'
import { checkDatabase } from '../rollout-options.ts'
import { limitsOf, machineOptions, runOptionRows, setupOf } from '../run-options.ts'
import type { RunView } from '../run-view.ts'

const machineRows = ['repos', 'slots', 'cpus', 'memory', 'pids', 'disk', 'timeout', 'build-timeout', 'depth']

const importOptions = v.object(machineOptions)

export const importCommand = command({
  options: runOptionRows
    .filter(({ name }) => [...machineRows, 'cache', 'db', 'plain', 'json'].includes(name))
    .map((row) => (row.name === 'slots' ? { ...row, description: 'Rollouts that are graded at a time' } : row)),
  examples: [
    'openswe import trajectories/*/*.traj',
    'openswe import output.jsonl.gz --json',
    'openswe import mini/*/*.traj.json --db runs/lite.db && openswe report --db runs/lite.db',
  ],
  schema: importOptions,
  async run(files, options, terminal) {
    await checkDatabase(options.db, 'rollouts are graded')
    const engine = connectEngine()
    const report = await conductRun(
      {
        engine,
        model: null,
        author: null,
        options,
        policy: defaultFaultPolicy,
        setup: setupOf(options, null),
        planOn: (capacity) => ({
          plan: gradingPlan(options, capacity),
          take: (store, runId, view) => takeFiles(store, runId, files, view),
        }),
      },
      terminal,
    )
    return report.exitCode
  },
})

/** Every rollout is there already: no solver takes a step. */
const noSteps = {
  scaffold: 'bash',
  temperature: null,
  maxSteps: 0,
  maxContextTokens: 0,
  maxTokens: 0,
  commandTimeoutMs: 0,
} as const

function gradingPlan(options: v.InferOutput<typeof importOptions>, capacity: Capacity): RolloutPlan {
  return { kind: 'rollout', settings: noSteps, limits: limitsOf(options, capacity), tries: 0, keep: 'all' }
}

async function takeFiles(store: Store, runId: string, files: readonly string[], view: RunView): Promise<Taken> {
  const intake = await takeInImports(
    store,
    [...new Set(files)].map((name) => ({ name, rows: readTrajectories(name) })),
    { runId, policy: defaultFaultPolicy, onProblem: (file, problem) => view.problem(file, problem) },
  )
  const { added, continued, known, leftOut, problems } = intake
  return {
    line: importIntakeLine(intake),
    facts: intake,
    isUnusable: problems > 0 && added + continued + known + leftOut === 0,
  }
}
