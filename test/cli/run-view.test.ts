import { expect, test } from 'bun:test'
import { type RunReader, viewRun } from '../../src/cli/run-view.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

const nothingRead = {} as RunReader
const asked = {
  isPaused: true,
  draining: ['n1', 'n2'],
  slots: [{ node: 'n3', slots: 12 }],
}

function printed(isJson: boolean, of: typeof asked): { readonly out: string; readonly err: string } {
  const [out, err]: [string[], string[]] = [[], []]
  const terminal = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) }
  viewRun(terminal as Partial<Terminal> as Terminal, isJson, nothingRead).asked(of)
  return { out: out.join(''), err: err.join('') }
}

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
