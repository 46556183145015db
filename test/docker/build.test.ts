import { afterAll, expect, test } from 'bun:test'
import { readdir } from 'node:fs/promises'
import { type BuildRequest, buildImage } from '../../src/docker/build.ts'
import { buildContext } from '../../src/docker/build-context.ts'
import { findImage, removeImage, tagImage } from '../../src/docker/images.ts'
import { FaultError } from '../../src/domain/fault.ts'
import { testEngine } from '../support/engine.ts'
import { testImage } from '../support/image.ts'

const engine = await testEngine()
const base = await testImage(engine)
const tag = `openswe-build-test:${process.pid}`
afterAll(() => removeImage(engine, tag))

function build(dockerfile: string, changes: Partial<BuildRequest> = {}) {
  return buildImage(engine, {
    context: buildContext({ dockerfile }),
    tag,
    labels: { 'openswe.test': 'build' },
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    networkMode: 'none',
    ...changes,
  })
}

test('an image is built, labelled and tagged, and the log says what its steps printed', async () => {
  const word = crypto.randomUUID()
  const outcome = await build(`FROM ${base}\nARG WORD\nRUN echo said $WORD $((40 + 2))`, { buildArgs: { WORD: word } })
  const image = await findImage(engine, tag)
  expect(outcome).toMatchObject({ kind: 'built', imageId: image?.imageId })
  expect(outcome.log).toContain(`said ${word} 42`)
  expect(outcome.log).toContain('[2/2] RUN echo said')
  expect(image?.labels['openswe.test']).toBe('build')
})

test('the log is told as it grows, before the build ends', async () => {
  const controller = new AbortController()
  let heard = ''
  const onOutput = (chunk: Uint8Array) => {
    heard += new TextDecoder().decode(chunk)
    if (heard.includes('said 42\n')) controller.abort(new Error('enough'))
  }
  const dockerfile = `FROM ${base}\nRUN echo said $((40 + 2)); sleep 1000 # ${crypto.randomUUID()}`
  await expect(build(dockerfile, { onOutput, signal: controller.signal })).rejects.toThrow('enough')
  expect(heard).toStartWith('\n[2/2] RUN echo said')
})

test('an unchanged Dockerfile gives the same image again', async () => {
  const dockerfile = `FROM ${base}\nRUN cat /proc/sys/kernel/random/uuid > /id`
  const [first, second] = [await build(dockerfile), await build(dockerfile)]
  expect(first.kind === 'built' && second.kind === 'built' && first.imageId).toBe(
    second.kind === 'built' && second.imageId,
  )
})

test('the step that failed, its exit code and its output are told', async () => {
  const outcome = await build(`FROM ${base}\nRUN true\nRUN echo before; exit 7\nRUN true`)
  expect(outcome).toMatchObject({ kind: 'failed', step: 'RUN echo before; exit 7', exitCode: 7 })
  expect(outcome.log).toEndWith('before\n')
})

test('each step stands in the log above what it printed, and what was built before says nothing', async () => {
  const word = crypto.randomUUID()
  const dockerfile = `FROM ${base}\nRUN echo ${word}\nRUN echo before; exit 7`
  const [first, again] = [await build(dockerfile), await build(dockerfile)]
  expect(first.log).toStartWith(`\n[2/3] RUN echo ${word}\n${word}\n\n[3/3] RUN echo before; exit 7\nbefore\n`)
  expect(again.log).toStartWith('\n[3/3] RUN echo before; exit 7\nbefore\n')
})

test('builds that meet in one failing command, on one image under several names, each learn how it failed', async () => {
  const names = [1, 2, 3].map((number) => `openswe-build-test-base:${process.pid}-${number}`)
  const { imageId } = (await findImage(engine, base)) ?? { imageId: '' }
  for (const name of names) await tagImage(engine, imageId, name)
  // Long enough for all to have begun: one that begins later runs it by itself.
  const command = `echo ${crypto.randomUUID()}; sleep 1; exit 7`
  const outcomes = await Promise.all(names.map((name) => build(`FROM ${name}\nRUN ${command}`)))
  for (const name of names) await removeImage(engine, name)
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ kind: 'failed', step: `RUN ${command}`, exitCode: 7 })
    expect(outcome.log).toEndWith(`${command.slice(5, 41)}\n`)
  }
})

test('output that looks like the failure of another step changes nothing', async () => {
  const outcome = await build(`FROM ${base}\nRUN echo 'executor failed running [x]: exit code: 99'; exit 5`)
  expect(outcome).toMatchObject({ kind: 'failed', exitCode: 5 })
})

test('a step that is no command fails without an exit code', async () => {
  const outcome = await build(`FROM ${base}\nCOPY absent /x`)
  expect(outcome).toMatchObject({ kind: 'failed', step: 'COPY absent /x', exitCode: null })
})

test.each(['RNU x', 'COPY x'])('a Dockerfile that cannot be read fails without a step: %s', async (line) => {
  expect(await build(`FROM ${base}\n${line}`)).toMatchObject({ kind: 'failed', step: '', exitCode: null })
})

test.each(['FROM openswe-no-such:1', `FROM ${base}\nCOPY --from=openswe-no-such:2 /x /x`])(
  'a base image that is not here is a fault, and no registry is waited for: %s',
  async (dockerfile) => {
    const error = await build(dockerfile).catch((reason: unknown) => reason)
    expect(error instanceof FaultError && error.fault.kind).toBe('base-image-missing')
  },
)

async function isRunning(word: string): Promise<boolean> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const words = await Bun.file(`/proc/${pid}/cmdline`)
      .text()
      .catch(() => '')
    if (words === `sleep\0${word}\0`) return true
  }
  return false
}

/** Polls, since the engine ends a step a moment after the connection is closed. */
async function becomes(wanted: boolean, word: string): Promise<void> {
  while ((await isRunning(word)) !== wanted) await Bun.sleep(20)
}

test('at its time limit a build and its step are ended, and the log is kept', async () => {
  const outcome = await build(`FROM ${base}\nRUN echo begun; sleep 86401.${process.pid}`, { timeoutMs: 1500 })
  expect(outcome).toMatchObject({ kind: 'timed-out', afterMs: 1500 })
  expect(outcome.log).toContain('begun')
  await becomes(false, `86401.${process.pid}`)
})

test('an aborted build is ended, and throws the reason', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const word = `86402.${process.pid}`
  const building = build(`FROM ${base}\nRUN sleep ${word}`, { signal: controller.signal }).catch(
    (error: unknown) => error,
  )
  await becomes(true, word)
  controller.abort(reason)
  expect(await building).toBe(reason)
  await becomes(false, word)
})
