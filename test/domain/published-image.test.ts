import { expect, test } from 'bun:test'
import * as v from 'valibot'
import { type PublishedImage, publishedImageSchema } from '../../src/domain/published-image.ts'

const images: readonly PublishedImage[] = [
  { kind: 'pushed', reference: 'ghcr.io/acme/envs:a__b-1-0@sha256:1' },
  { kind: 'saved', path: '/images/a__b-1.tar.zst', sha256: '0a', sizeBytes: 2 ** 40 },
  { kind: 'failed', message: 'denied' },
]

test('what came of publishing survives a line, whole', () => {
  expect(v.parse(v.array(publishedImageSchema), JSON.parse(JSON.stringify(images)))).toEqual([...images])
})

test.each([{ kind: 'kept' }, { kind: 'pushed' }, { ...images[1], sizeBytes: -1 }, null])('%j is refused', (image) => {
  expect(v.is(publishedImageSchema, image)).toBe(false)
})
