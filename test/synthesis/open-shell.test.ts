import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sweep } from '../../src/docker/prune.ts'
import type { ContainerLimits } from '../../src/domain/container-limits.ts'
import { FaultError } from '../../src/domain/fault.ts'
import { buildEnvironment, ensureHead } from '../../src/evaluation/environment-image.ts'
import type { EvalContext } from '../../src/evaluation/evaluate.ts'
import { openShell, shellLimits } from '../../src/synthesis/open-shell.ts'
import { ensureTestBaseImage } from '../support/base-image.ts'
import { imagesOf, testLimits } from '../support/containers.ts'
import { testEngine } from '../support/engine.ts'

const engine = await testEngine()
const base = await ensureTestBaseImage(engine)
const checkoutDir = await mkdtemp(join(tmpdir(), 'openswe-test-shell-'))
await Bun.write(
  join(checkoutDir, 'setup.py'),
  'from setuptools import setup\nsetup(name="project", py_modules=["it"])\n',
)
await Bun.write(join(checkoutDir, 'it.py'), 'word = "of the checkout"\n')

const limits = { ...testLimits, memoryBytes: 2 ** 29, pids: 256 }
const context: EvalContext = {
  engine,
  runId: `test-${crypto.randomUUID()}`,
  instanceId: 'a__shell-1',
  limits,
  signal: new AbortController().signal,
}
const checkout = { checkoutDir, checkoutDigest: crypto.randomUUID(), timeoutMs: 60_000 }

function open(changes: Partial<ContainerLimits> = {}) {
  return openShell(context, checkout, '3.11', { ...limits, ...changes })
}

afterAll(async () => {
  await sweep(engine, { runId: context.runId, kinds: ['eval', 'state', 'environment', 'head'] })
  await rm(checkoutDir, { recursive: true, force: true })
  expect(await imagesOf(engine, context.runId)).toEqual([])
})

test('commands are run as a build runs them: in the checkout and its environment, with the package index', async () => {
  process.env.OPENSWE_TEST_SECRET = 'of the host'
  const shell = await open()
  try {
    const installed = await shell.run('uv pip install --no-cache --no-build-isolation -e . iniconfig==2.0.0')
    expect(installed).toMatchObject({ exitCode: 0, trouble: '' })
    const asked = 'import iniconfig, it, os, sys; print(it.word, os.getcwd(), sys.prefix)'
    expect(await shell.run(`cd / && python -c '${asked}'`)).toMatchObject({
      output: 'of the checkout / /opt/conda/envs/testbed\n',
    })
    expect((await shell.run('env; id -u; pwd')).output).toMatch(/^(?!.*OPENSWE_TEST_SECRET).*\n0\n\/testbed\n$/s)
    await shell.undo(3)
    expect((await shell.run('cd / && python -c "import it"')).exitCode).toBe(1)
  } finally {
    delete process.env.OPENSWE_TEST_SECRET
    await shell.close()
  }
})

test('a clean build starts from the image that the shell began with', async () => {
  const shell = await open()
  await shell.run('touch /left-by-a-command')
  await shell.close()
  const head = `FROM ${base}\nCOPY repo /testbed\n`
  expect(await imagesOf(engine, context.runId)).toHaveLength(1)
  const built = await buildEnvironment(context, {
    ...checkout,
    dockerfile: `${head}RUN ! test -e /left-by-a-command\n`,
  })
  expect(built.kind).toBe('built')
  expect(built.log).not.toContain('COPY')
  expect(await ensureHead(context, { ...checkout, dockerfile: head, checkoutDir: '/nonexistent' })).toMatchObject({
    kind: 'ready',
  })
})

test('what ended a command is told in words', async () => {
  const hurried = await open({ timeoutMs: 1500 })
  const shell = await open({ outputBytes: 4096 })
  try {
    expect(await hurried.run('sleep 1000')).toMatchObject({ exitCode: null, trouble: 'it took longer than 1.5s' })
    const steps = ['yes', 'tail /dev/zero', 'echo \0', 'exit 3']
    const told: [number | null, string][] = []
    for (const step of steps) {
      const { exitCode, trouble } = await shell.run(step)
      told.push([exitCode, trouble])
    }
    expect(told).toEqual([
      [null, 'it printed more than 512 KiB'],
      [null, 'it needed more than 512 MiB of memory'],
      [null, 'it was not run: a command cannot hold a NUL byte'],
      [3, ''],
    ])
  } finally {
    await hurried.close()
    await shell.close()
  }
})

test.each(['3.4', '3.11; true', '../3.11', ''])(
  'a Python that has no base image is a fault, and says so: %j',
  async (version) => {
    const error = await openShell(context, checkout, version, limits).catch((reason: unknown) => reason)
    expect(error instanceof FaultError && error.fault).toEqual({
      kind: 'base-image-missing',
      message: `openswe-python-${version} is not on this machine — run: openswe images build`,
    })
  },
)

test('a command has ten minutes, or what a build has where that is less', () => {
  expect(shellLimits(limits, 1_800_000)).toMatchObject({ timeoutMs: 600_000, outputBytes: 512 * 1024, pids: 256 })
  expect(shellLimits(limits, 30_000).timeoutMs).toBe(30_000)
})
