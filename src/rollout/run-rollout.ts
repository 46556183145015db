import openingPrompt from '../../prompts/solve-opening.md' with { type: 'text' }
import { fillPrompt, quoted } from '../authors/model/prompt.ts'
import { type AgentContainer, withAgentContainer } from '../docker/agent-container.ts'
import type { Engine } from '../docker/engine.ts'
import { labelsFor } from '../docker/labels.ts'
import type { ContainerLimits } from '../domain/container-limits.ts'
import type { Runner, TestCommand } from '../domain/environment.ts'
import { FaultError } from '../domain/fault.ts'
import type { Instance } from '../domain/instance.ts'
import type { ModelAnswer, ModelRequest } from '../domain/model-call.ts'
import type { Rollout, RolloutSettings, Scaffold } from '../domain/rollout.ts'
import { objectFormatOf } from '../git/object-id.ts'
import type { OnOutput } from '../util/bounded-output.ts'
import { bashScaffold } from './bash-scaffold.ts'
import { editorScaffold } from './editor-scaffold.ts'
import { takeModelPatch } from './model-patch.ts'
import type { SolverScaffold } from './scaffold.ts'
import { shownText } from './shown-text.ts'
import { solve } from './solve.ts'
import { shellEnvironment } from './solver-shell.ts'
import { readTestbed } from './testbed-tree.ts'

/** What connects a rollout with its run. */
export interface RolloutContext {
  readonly engine: Engine
  readonly runId: string
  readonly instanceId: string
  /** A repository on the trusted side that holds `base_commit`; only read. */
  readonly gitDir: string
  /** Of the solver's container; the time of a command is in the rollout's settings. */
  readonly limits: ContainerLimits
  readonly signal: AbortSignal
  readonly ask: (request: ModelRequest) => Promise<ModelAnswer>
  /** Before each reply is asked for, from 1. */
  readonly onStep?: (step: number) => void
  /** What the solver's commands print. */
  readonly onOutput?: OnOutput | undefined
}

export interface SolverTask {
  readonly instance: Instance
  /** The environment's image: `base_commit` in /testbed, without the tests of the pull request. */
  readonly imageId: string
  readonly testCommand: TestCommand
  readonly number: number
  readonly settings: RolloutSettings
}

/** What is shown of the output of one command. */
const shownBytes = 16 * 1024

/**
 * One try of a solver, ungraded. It works in a container of its own without network; what it changed is read from outside
 * after everything in there was ended. Throws FaultError where the machinery failed, a spent budget included, and the
 * reason of an aborted signal.
 */
export async function runRollout(context: RolloutContext, task: SolverTask): Promise<Rollout> {
  const { engine, runId, instanceId, limits, signal, onOutput } = context
  const { instance, settings, number } = task
  const beganMs = performance.now()
  const spec = {
    imageId: task.imageId,
    labels: labelsFor(runId, instanceId, 'eval'),
    limits: { ...limits, outputBytes: shownBytes, timeoutMs: settings.commandTimeoutMs },
    env: shellEnvironment,
    signal,
    onOutput,
  }
  return withAgentContainer(engine, spec, async (container) => {
    const before = await readTestbed(container, objectFormatOf(instance.base_commit), () => false)
    if (before === null) throw new FaultError('internal', `${instanceId}: /testbed is too large for rollouts`)
    await container.start()
    const { trajectory, ending, model, usage, costUsd } = await solve(context.ask, {
      session: `solve/${number}`,
      scaffold: scaffoldOf(settings.scaffold, container),
      opening: openingOf(task),
      settings,
      onStep: (step) => context.onStep?.(step),
    })
    await container.stop()
    const patch = await takeModelPatch(container, {
      gitDir: context.gitDir,
      commit: instance.base_commit,
      before,
      signal,
    })
    const rollout = { instance_id: instance.instance_id, number, scaffold: settings.scaffold, model }
    const diff = { model_patch: patch.text, ...(patch.leftOut.length === 0 ? {} : { leftOut: patch.leftOut }) }
    return { ...rollout, trajectory, ...diff, ending, usage, costUsd, durationMs: performance.now() - beganMs }
  })
}

function scaffoldOf(name: Scaffold, container: AgentContainer): SolverScaffold {
  switch (name) {
    case 'bash':
      return bashScaffold(container)
    case 'editor':
      return editorScaffold(container)
  }
}

/** How tests are run in general: which of them matter, the command would give away. */
const runners: Readonly<Record<Runner, string>> = {
  pytest: '`python -m pytest`',
  unittest: '`python -m unittest`',
  django: 'the scripts of Django, such as `python tests/runtests.py` or `python manage.py test`',
  sympy: '`bin/test`',
}

function openingOf({ instance, testCommand, settings }: SolverTask): string {
  const statement = shownText(instance.problem_statement).trim()
  return fillPrompt(openingPrompt, {
    repo: instance.repo,
    issue: quoted('issue', statement === '' ? '(it has no text)' : statement),
    runner: runners[testCommand.runner],
    seconds: String(settings.commandTimeoutMs / 1000),
    steps: String(settings.maxSteps),
  })
}
