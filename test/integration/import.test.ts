import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStore } from '../../src/store/store.ts'
import { miniSweAgentFile, sweAgentFile } from '../input/foreign-files.ts'
import { fixedModule } from '../support/cheat-project.ts'
import { type GradeBench, openGradeBench, pytestTruth } from '../support/grade-bench.ts'
import { openswe } from '../support/openswe.ts'
import { runOnce } from '../support/run-once.ts'
import { anAcceptance } from '../support/run-values.ts'

let bench: GradeBench

setDefaultTimeout(300_000)

beforeAll(async () => {
  bench = await openGradeBench()
  using store = await openStore(join(bench.workDir, 'openswe.db'), 'write')
  const { FAIL_TO_PASS, PASS_TO_PASS } = pytestTruth
  const verdict = {
    kind: 'accepted',
    FAIL_TO_PASS,
    PASS_TO_PASS,
    flakyTests: [],
    failedBefore: 'tests-failed',
  } as const
  await runOnce(store, [bench.project.instance], async () => ({
    ...anAcceptance('x'),
    verdict,
    environment: bench.environment,
  }))
})
afterAll(() => bench[Symbol.asyncDispose]())

test('what other scaffolds left is graded in the accepted environment, and reported with its solver', async () => {
  const { workDir: cwd, project } = bench
  const { instance_id } = project.instance
  const fix = bench.patchOf({ 'tally/core.py': fixedModule })
  const { info } = miniSweAgentFile() as { readonly info: object }
  writeFileSync(
    join(cwd, 'fixed.traj.json'),
    JSON.stringify({ ...miniSweAgentFile(), instance_id, info: { ...info, submission: fix } }),
  )
  // Its patch is cut short, so that it applies nowhere.
  writeFileSync(join(cwd, `${instance_id}.traj`), JSON.stringify(sweAgentFile()))
  writeFileSync(join(cwd, 'unknown__id-1.traj'), JSON.stringify(sweAgentFile()))
  const machine = ['--repos', project.repository.gitDir, '--cache', join(cwd, 'cache'), '--slots', '2']
  const files = ['fixed.traj.json', `${instance_id}.traj`, 'unknown__id-1.traj']
  const first = await openswe(['import', ...files, ...machine], { cwd })
  expect(first.exitCode).toBe(0)
  expect(first.stdout).toStartWith(
    '2 rollouts to grade by imported deep/chat, imported gpt-9 (2 new, 0 imported before); 1 left out, since no such instance is accepted: unknown__id-1; 2 at a time\n',
  )
  expect(first.stdout).toContain('2 rollouts: 1 resolved (50 %)')
  const again = await openswe(['import', ...files, ...machine, '--json'], { cwd })
  expect(JSON.parse(again.stdout.split('\n').find((line) => line.includes('"intake"')) ?? '')).toMatchObject({
    added: 0,
    known: 2,
    leftOut: 1,
    missing: ['unknown__id-1'],
  })
  const { solvers } = JSON.parse((await openswe(['report', '--json'], { cwd })).stdout)
  expect(solvers).toMatchObject([
    { solver: 'imported deep/chat', rollouts: 1, resolved: 1 },
    { solver: 'imported gpt-9', rollouts: 1, resolved: 0 },
  ])
  const patch = await openswe(['show', instance_id, '--rollout', '1', '--solver', 'imported deep/chat', '--patch'], {
    cwd,
  })
  expect(patch.stdout).toBe(fix)
})

test('an image that was built again for one instance is not taken for another before its own gold patch resolves it', async () => {
  const { host, project, environment } = bench
  const signal = AbortSignal.timeout(300_000)
  const asked: string[] = []
  const imageOf = (instance_id: string) =>
    host.images.imageOf({
      context: { engine: host.engine, runId: host.runId, instanceId: instance_id, limits: host.limits, signal },
      instance: { ...project.instance, instance_id },
      environment: { ...environment, imageId: `sha256:${'0'.repeat(64)}` },
      gitDir: project.repository.gitDir,
      resolvesGold: async () => {
        asked.push(instance_id)
        return instance_id === 'acme__tally-1'
      },
    })
  await imageOf('acme__tally-1')
  await imageOf('acme__tally-1')
  await expect(imageOf('acme__tally-2')).rejects.toThrow('the gold patch does not resolve it there')
  expect(asked).toEqual(['acme__tally-1', 'acme__tally-2'])
})
