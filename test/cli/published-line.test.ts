import { expect, test } from 'bun:test'
import { publishedLine } from '../../src/cli/published-line.ts'

const terminal = { hasColour: false } as Parameters<typeof publishedLine>[0]
const digest = `sha256:${'a'.repeat(64)}`

test('an image is told of by what gets it, and one that could not be published by why, with nothing a terminal obeys', () => {
  const pushed = { kind: 'pushed', reference: `ghcr.io/acme/envs:a__b-1-x@${digest}` } as const
  expect(publishedLine(terminal, 'a__b-1', pushed)).toBe(`pushed a__b-1: ghcr.io/acme/envs:a__b-1-x@${digest}`)
  const saved = { kind: 'saved', path: '/images/a__b-1.tar.zst', sha256: 'x', sizeBytes: 3 } as const
  expect(publishedLine(terminal, 'a__b-1', saved)).toBe('saved a__b-1: /images/a__b-1.tar.zst')
  const failed = { kind: 'failed', message: 'ghcr.io did not take it: \u001b[2Jdenied\n' } as const
  expect(publishedLine(terminal, 'a__b-1', failed)).toBe(
    'image not published a__b-1: ghcr.io did not take it: \\x1b[2Jdenied\\x0a',
  )
})
