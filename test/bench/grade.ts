import { labelsFor } from '../../src/docker/labels.ts'
import { defaultLimits, defaultSlots } from '../../src/domain/capacity.ts'
import { makeTestImage } from '../../src/evaluation/test-image.ts'
import { gradeAll } from '../../src/rollout/grade-all.ts'
import { openGradeFolder } from '../../src/rollout/grade-folder.ts'
import { gradePatch } from '../../src/rollout/grade-patch.ts'
import { openSubject } from '../../src/rollout/grade-subject.ts'
import { Semaphore } from '../../src/util/semaphore.ts'
import { newTest, oldTests } from '../support/cheat-project.ts'
import { openGradeBench, pytestTruth } from '../support/grade-bench.ts'
import { byTurns } from './by-turns.ts'
import { type DockerRun, dockerRun, requireSameHostConfig } from './docker-run.ts'
import type { Result } from './figure.ts'

const rounds = 3
const patchesPerSlot = 4

/** Some seconds of one CPU: less than most projects' tests take, so that what grading adds is seen. */
const work = '\n\ndef test_work():\n    assert sum(n % 7 for n in range(30_000_000)) > 0\n'

/** What grading costs over the test runs it cannot do without: patches, trees, reports and files are all extra. */
export async function gradeGold(signal: AbortSignal): Promise<readonly Result[]> {
  await using bench = await openGradeBench({ tests: { 'tests/test_core.py': oldTests + newTest + work } })
  const { environment, project, workDir } = bench
  const facts = await bench.host.engine.facts(signal)
  const slots = defaultSlots(facts)
  const limits = defaultLimits(facts, slots)
  const host = { ...bench.host, limits, slots: new Semaphore(slots) }
  const task = { instance: project.instance, environment, truth: pytestTruth, model_patch: project.instance.patch }
  const jobs = Array.from({ length: patchesPerSlot * slots }, (_, index) => `gold-${index}`)

  const grade = async (round: number) => {
    const folder = openGradeFolder(workDir, `round-${round}`, limits)
    await gradeAll(jobs, {
      atOnce: 2 * slots,
      policy: { maxFaults: 1, waitsMs: [] },
      signal,
      grade: async (model) => folder.keep(model, task, await gradePatch(host, task, signal)),
      onResult: (_, result) => {
        if (result.kind === 'graded' && result.graded.outcome.kind === 'resolved') return
        throw new Error(`the gold patch was graded ${JSON.stringify(result)}`)
      },
    })
  }

  const subject = await openSubject(host, project.instance, environment, signal)
  await using image = await makeTestImage(subject.context, environment.imageId, await subject.goldState())
  const command = `. /opt/conda/etc/profile.d/conda.sh && conda activate testbed && exec ${environment.testCommand.argv.join(' ')}`
  const run: DockerRun = {
    engine: host.engine,
    imageId: image.imageId,
    argv: ['/bin/bash', '-c', command],
    workingDir: '/testbed',
    labels: labelsFor(host.runId, project.instance.instance_id, 'eval'),
    limits,
    signal,
  }
  await requireSameHostConfig(run)
  const times = await byTurns(rounds, grade, async () => {
    for (const _ of jobs) await dockerRun(run)
  })
  return [
    {
      kind: 'figure',
      unit: 'ms',
      measured: { of: `grading ${jobs.length} gold patches, ${slots} at a time`, values: times.measured },
      floor: {
        of: `\`docker run --rm\` of the same ${jobs.length} test runs, one after the other, divided by ${slots}`,
        values: times.floor.map((sumMs) => sumMs / slots),
      },
      goal: { of: 'ratio', atMost: 1.15 },
    },
  ]
}
