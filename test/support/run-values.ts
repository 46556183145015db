import type { RunPlan } from '../../src/control/run-plan.ts'
import type { Instance } from '../../src/domain/instance.ts'
import type { IterationRecord } from '../../src/domain/iteration-record.ts'
import type { NodeSetup } from '../../src/domain/message.ts'
import type { SynthesisResult } from '../../src/domain/synthesis-event.ts'
import type { SynthesisSettings } from '../../src/domain/synthesis-settings.ts'
import type { NodeMemory } from '../../src/store/nodes.ts'

/** Values for tests of queue, store and export: complete, small, and different by id. */
export function anInstance(id: string, fields: Partial<Instance> = {}): Instance {
  return {
    instance_id: id,
    repo: 'owner/name',
    base_commit: 'a'.repeat(40),
    patch: `--- a/${id}.py\n+++ b/${id}.py\n`,
    test_patch: '--- a/tests/test_x.py\n+++ b/tests/test_x.py\n',
    problem_statement: 'It breaks.\u2028Really.',
    version: '1.0',
    ...fields,
  }
}

export function anIteration(number: number): IterationRecord {
  return {
    number,
    author: 'rules',
    report: 'a package',
    dockerfile: `FROM openswe-python-3.9\nRUN echo ${number}\n`,
    testCommand: { runner: 'pytest', argv: ['pytest', 'tests/test_x.py'] },
    guidance: [{ role: 'dockerfile', key: `k${number}`, text: 'add six' }],
    result: { kind: 'evaluated', reason: 'tests-fail-with-fix', explanation: 'tests/test_x.py::test_a failed' },
    buildLog: 'Step 1\n',
    runs: [
      {
        purpose: 'with-fix',
        end: { kind: 'exited', exitCode: 1 },
        report: {
          outcomes: { 'tests/test_x.py::test_a[\u0000]': 'failed', 'tests/test_x.py::test_b': 'passed' },
          collectionErrors: [{ name: 'tests/test_y.py', message: 'no module' }],
        },
        conditions: ['order=shuffled'],
        durationMs: 12.5,
        output: 'F.\n\u001b[31mred\u001b[0m',
      },
      {
        purpose: 'script-with-fix',
        end: { kind: 'timed-out', afterMs: 1000 },
        report: null,
        markedExitCode: null,
        conditions: [],
        durationMs: 1000,
        output: '',
      },
    ],
    durationMs: 1500,
  }
}

export function anAcceptance(id: string, iterations = 1): SynthesisResult {
  return {
    verdict: {
      kind: 'accepted',
      FAIL_TO_PASS: [`tests/test_x.py::test_${id}`],
      PASS_TO_PASS: ['tests/test_x.py::test_b'],
      flakyTests: [],
      failedBefore: 'tests-failed',
    },
    environment: {
      dockerfile: 'FROM openswe-python-3.9\nCOPY repo /testbed\n',
      testCommand: { runner: 'pytest', argv: ['pytest', 'tests/test_x.py'] },
      evalScript: `#!/bin/bash\n# ${id}\n`,
      evalScriptSkeleton: '#!/bin/bash\n[CONTENT OF TEST PATCH]\n',
      imageId: `sha256:${'1'.repeat(64)}`,
      imageTag: `openswe/environment:${id}`,
    },
    proof: {
      inputs: { patch: 'f'.repeat(64) },
      trees: { base: 'b'.repeat(40) },
      imageId: `sha256:${'1'.repeat(64)}`,
      runs: [],
      controls: [{ name: 'control-sabotaged-gold', outcome: 'failed as it must' }],
      audit: { objects: 3 },
      conditions: [],
      tools: { openswe: '0.1.0' },
    },
    iterations,
  }
}

export function aRejection(explanation = 'they pass'): SynthesisResult {
  return { verdict: { kind: 'rejected', reason: 'tests-pass-without-fix', explanation }, iterations: 1 }
}

export const someSettings: SynthesisSettings = {
  repeats: { testOnly: 2, withFix: 3 },
  strict: false,
  limits: {
    cpus: 1,
    memoryBytes: 2 ** 30,
    pids: 256,
    fileSizeBytes: 2 ** 30,
    diskBytes: 2 ** 33,
    outputBytes: 2 ** 24,
    timeoutMs: 60_000,
  },
  buildTimeoutMs: 60_000,
  maxIterations: { rules: 5, model: 5 },
  checkoutDepth: 1,
  builder: 'rewrite',
}

export const someSetup: NodeSetup = {
  slots: 2,
  ahead: 0,
  repos: '/nowhere/{repo}',
  buildTimeoutMs: 60_000,
  checkoutDepth: 1,
  limits: {},
  publication: null,
}

/** Of a node of which nobody asked anything. */
export const noMemory: NodeMemory = { trustedUntilMs: 0, slotsAsked: null, isDraining: false }

export const somePlan: RunPlan = { kind: 'synthesis', settings: someSettings }
