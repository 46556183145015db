import { takeIn } from '../control/intake.ts'
import type { Engine } from '../docker/engine.ts'
import type { AuthorName } from '../domain/environment.ts'
import type { InputRow } from '../input/instance-file.ts'
import type { Store } from '../store/store.ts'
import { conductRun, type RunReport, type Taken, type Undertaking } from './conduct-run.ts'
import { UsageError } from './errors.ts'
import { intakeLine } from './intake-line.ts'
import type { ModelOptions } from './model-options.ts'
import type { ModelSetup } from './model-setup.ts'
import { checkPublication, dockerClient, publicationOf } from './publication.ts'
import { policyOf, type RunOptions, retrySet, settingsOf, setupOf } from './run-options.ts'
import type { RunView } from './run-view.ts'
import type { Terminal } from './terminal.ts'

export interface RunRequest {
  readonly engine: Engine
  readonly instancesFile: string
  readonly rows: AsyncIterable<InputRow>
  readonly author: AuthorName
  /** Null where the author asks no model. */
  readonly model: ModelSetup | null
  readonly options: RunOptions & Pick<ModelOptions, 'builder'>
}

/** A run over the rows of a file: `run`, `validate` and `demo` are this. */
export async function runInstances(request: RunRequest, terminal: Terminal): Promise<RunReport> {
  const { engine, model, author, options } = request
  const publication = publicationOf(options)
  if (publication !== null && options.hosts === undefined) await checkPublication(publication, dockerClient())
  const undertaking: Undertaking = {
    engine,
    model,
    author,
    options,
    policy: policyOf(options),
    setup: setupOf(options, publication),
    planOn: (capacity) => ({
      plan: { kind: 'synthesis', settings: settingsOf(options, capacity) },
      take: (store, runId, view) => takeRows(store, runId, request, view),
    }),
  }
  return await conductRun(undertaking, terminal)
}

async function takeRows(store: Store, runId: string, request: RunRequest, view: RunView): Promise<Taken> {
  const { options, author, instancesFile } = request
  const intake = await takeIn(store, request.rows, {
    runId,
    author,
    only: options.only === undefined ? null : new Set(options.only),
    limit: options.limit ?? Number.POSITIVE_INFINITY,
    retry: retrySet(options.retry),
    policy: policyOf(options),
    onProblem: (problem) => view.problem(instancesFile, problem),
  })
  if (intake.missing.length > 0) {
    throw new UsageError(`--only: ${intake.missing.join(', ')} not among the rows of ${instancesFile}`)
  }
  return {
    line: intakeLine(intake),
    facts: intake,
    isUnusable: intake.instances === 0 && intake.problems > 0,
  }
}
