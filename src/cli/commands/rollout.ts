import * as v from 'valibot'
import { takeInRollouts } from '../../control/rollout-intake.ts'
import type { RolloutPlan } from '../../control/run-plan.ts'
import { defaultFaultPolicy } from '../../domain/attempt.ts'
import { solverOf } from '../../domain/rollout.ts'
import { solverPromptDigest } from '../../rollout/solver-prompts.ts'
import type { Store } from '../../store/store.ts'
import { command } from '../command.ts'
import { conductRun, type Taken } from '../conduct-run.ts'
import { UsageError } from '../errors.ts'
import { rolloutIntakeLine } from '../intake-line.ts'
import { connectEngine } from '../machine.ts'
import { setUpModel } from '../model-setup.ts'
import {
  checkDatabase,
  type RolloutOptions,
  rolloutOptionRows,
  rolloutOptions,
  rolloutPlanOf,
  rolloutRetrySet,
} from '../rollout-options.ts'
import { setupOf } from '../run-options.ts'

export const rollout = command({
  options: rolloutOptionRows,
  examples: [
    'openswe rollout --model own --base-url http://gpu-1:8000 --prices prices.json --temperature 1 --tries 8 --keep 1-4/8',
    'openswe rollout --model claude-sonnet-5 --scaffold editor --only django__django-11001 --json',
    'ANTHROPIC_API_KEY=… openswe rollout --model claude-sonnet-5 --budget-usd 100',
  ],
  schema: v.object(rolloutOptions),
  async run(_words, options, terminal) {
    await checkDatabase(options.db, 'rollouts are made')
    const model = { ...(await setUpModel(options)), prompts: solverPromptDigest }
    const solver = solverOf({ scaffold: options.scaffold, model: model.client.modelOf('solve') })
    const engine = connectEngine()
    const report = await conductRun(
      {
        engine,
        model,
        author: null,
        options,
        policy: defaultFaultPolicy,
        setup: setupOf(options, null),
        planOn(capacity) {
          const plan = rolloutPlanOf(options, capacity)
          return { plan, take: (store, runId) => takeRollouts(store, { runId, plan, solver }, options) }
        },
      },
      terminal,
    )
    return report.exitCode
  },
})

/** Queues the tries at the accepted instances of the database. */
function takeRollouts(
  store: Store,
  { runId, plan, solver }: { readonly runId: string; readonly plan: RolloutPlan; readonly solver: string },
  options: RolloutOptions,
): Taken {
  const intake = takeInRollouts(store, {
    runId,
    solver,
    plan,
    only: options.only === undefined ? null : new Set(options.only),
    limit: options.limit ?? Number.POSITIVE_INFINITY,
    retry: rolloutRetrySet(options.retry),
    policy: defaultFaultPolicy,
  })
  if (intake.missing.length > 0) {
    throw new UsageError(`--only: ${intake.missing.join(', ')} not among the accepted instances of ${options.db}`)
  }
  return { line: rolloutIntakeLine(intake, solver), facts: { ...intake, solver }, isUnusable: false }
}
