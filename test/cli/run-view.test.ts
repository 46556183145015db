import { expect, test } from 'bun:test'
import { type RunReader, type RunView, viewRun } from '../../src/cli/run-view.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

const nothingRead = {} as RunReader
const asked = {
  isPaused: true,
  draining: ['n1', 'n2'],
  slots: [{ node: 'n3', slots: 12 }],
}

function shown(isJson: boolean, show: (view: RunView) => void): { readonly out: string; readonly err: string } {
  const [out, err]: [string[], string[]] = [[], []]
  const terminal = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) }
  show(viewRun(terminal as Partial<Terminal> as Terminal, isJson, nothingRead))
  return { out: out.join(''), err: err.join('') }
}

const printed = (isJson: boolean, of: typeof asked) => shown(isJson, (view) => view.asked(of))

test('of what a run was asked before each is told in a line, with what takes it back', () => {
  expect(printed(false, asked)).toEqual({
    out: '',
    err: [
      'the run is still paused: nothing new begins until `openswe resume`\n',
      'still draining, and taking nothing: n1, n2 — `openswe drain n1 n2 --undo` takes it back\n',
      'n3 still has 12 slots, as was asked of this run: `openswe slots n3 N` changes that\n',
    ].join(''),
  })
  expect(printed(false, { isPaused: false, draining: ['n\u001b1'], slots: [] }).err).toBe(
    'still draining, and taking nothing: n\\x1b1 — `openswe drain n\\x1b1 --undo` takes it back\n',
  )
})

test('programs are told of what a run was asked before in one event', () => {
  const { out, err } = printed(true, asked)
  expect([JSON.parse(out), err]).toEqual([{ event: 'asked', ...asked }, ''])
})

test('programs are told of an attempt whose node is lost, and of none that is as it was', () => {
  const fault = { kind: 'node-lost', node: 'n1', message: 'n1 died', atMs: 5 } as const
  const lease = { node: 'n1', generation: 1, grantedAtMs: 0 }
  const place = { iteration: 1, stage: 'build', stageSinceMs: 0 } as const
  const before = { state: 'running', generation: 1, lease, twin: null, ...place, faults: [] } as const
  const attempt = { state: 'queued', generation: 1, notBeforeMs: 0, faults: [fault] } as const
  const stored = { kind: 'synthesis', attempt_id: 7, instance_id: 'a__a-1', row_digest: 'd', author: 'rules' } as const
  const { out } = shown(true, (view) => {
    view.lost({ ...stored, before, attempt }, 5)
    view.lost({ ...stored, before: attempt, attempt }, 6)
  })
  expect(JSON.parse(out)).toEqual({ event: 'queued', at_ms: 5, attempt: 7, instance_id: 'a__a-1', fault })
})
