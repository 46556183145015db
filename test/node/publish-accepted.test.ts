import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findImage } from '../../src/docker/images.ts'
import type { Publication } from '../../src/domain/published-image.ts'
import type { SynthesisResult } from '../../src/domain/synthesis-event.ts'
import { publishAccepted } from '../../src/node/publish-accepted.ts'
import { testEngine } from '../support/engine.ts'
import { testImage } from '../support/image.ts'
import { TestRegistry } from '../support/registry.ts'
import { anAcceptance, anInstance, aRejection, someSettings } from '../support/run-values.ts'

const engine = await testEngine()
const imageTag = await testImage(engine)
const imageId = (await findImage(engine, imageTag))?.imageId ?? ''
const root = await mkdtemp(join(tmpdir(), 'openswe-test-accepted-'))
afterAll(() => rm(root, { recursive: true, force: true }))

const acceptance = anAcceptance('a__b-1')
const { environment } = acceptance
const accepted: SynthesisResult =
  environment === undefined ? acceptance : { ...acceptance, environment: { ...environment, imageId, imageTag } }

function settle(result: SynthesisResult, publication: Publication): Promise<SynthesisResult> {
  const client = { configDir: root, environment: {} }
  const work = publishAccepted(async () => result, engine, { publication, client })
  const task = { instance: anInstance('a__b-1'), author: 'rules', references: [], resume: [] } as const
  const channel = { emit: () => undefined, ask: () => Promise.reject(new Error('no model is asked')) }
  return work(task, someSettings, channel, new AbortController().signal)
}

test('an accepted image is pushed, and its reference stands beside the verdict', async () => {
  await using registry = await TestRegistry.start()
  const { image, ...rest } = await settle(accepted, { kind: 'push', repository: `${registry.host}/acme/envs` })
  expect(rest).toEqual(accepted)
  const tag = `a__b-1-${imageId.slice(7, 23)}`
  const digest = await registry.digestOf('acme/envs', tag)
  expect(digest).not.toBeNull()
  expect(image).toEqual({ kind: 'pushed', reference: `${registry.host}/acme/envs:${tag}@${digest}` })
})

test('an accepted image that cannot be published is accepted as before, and says why it is not', async () => {
  const { image, ...rest } = await settle(accepted, { kind: 'save', folder: '/dev/null/images' })
  expect(rest).toEqual(accepted)
  expect(image).toEqual({ kind: 'failed', message: expect.stringContaining('ENOTDIR') })
})

test('nothing is published of what is not accepted', async () => {
  const folder = join(root, 'images')
  const rejection = { ...aRejection(), ...(accepted.environment ? { environment: accepted.environment } : {}) }
  expect(await settle(rejection, { kind: 'save', folder })).toEqual(rejection)
  expect(await Bun.file(join(folder, 'a__b-1.tar.zst')).exists()).toBe(false)
})
