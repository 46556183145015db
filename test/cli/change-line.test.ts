import { expect, test } from 'bun:test'
import { changeLine } from '../../src/cli/change-line.ts'
import type { RunReader } from '../../src/cli/run-view.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

const fault = { kind: 'disk-full', node: 'n1', message: 'no room\nat all', atMs: 5 } as const
const lease = { node: 'n1', generation: 1, grantedAtMs: 0 }
const place = { iteration: 1, stage: 'build', stageSinceMs: 0 } as const
const running = { state: 'running', generation: 1, lease, twin: null, ...place, faults: [] } as const
const queued = { state: 'queued', generation: 1, notBeforeMs: 0, faults: [fault] } as const
const stored = { kind: 'synthesis', attempt_id: 7, instance_id: 'a__a-1', row_digest: 'd', author: 'rules' } as const
const plain = { hasColour: false } as Terminal

test('a fault is told once, when it happened, and not when the attempt is given back later', () => {
  const told = changeLine(plain, { ...stored, before: running, attempt: queued }, {} as RunReader)
  expect(told).toBe('fault disk-full a__a-1 will be tried again: no room')
  const again = { ...running, faults: [fault] }
  expect(changeLine(plain, { ...stored, before: again, attempt: queued }, {} as RunReader)).toBeNull()
})
