import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askControl, type SteeringRequest } from '../../src/cli/control-client.ts'
import { builtOpenswe } from '../support/built-openswe.ts'
import { ControlProcess } from '../support/control-process.ts'
import { anInstance } from '../support/run-values.ts'

let folder: string
let database: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openswe-asked-before-'))
  database = join(folder, 'run.db')
  await Bun.write(join(folder, 'instances.jsonl'), `${JSON.stringify(anInstance('a__a-1', { patch, test_patch }))}\n`)
  await Bun.write(join(folder, 'hosts.toml'), hosts)
})
afterEach(() => rm(folder, { recursive: true }))

const change = (path: string) => `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-a\n+b\n`
const patch = change('x.py')
const test_patch = change('tests/test_x.py')

/** Machines of which nobody answers. */
const hosts = `
[defaults]
user = "nobody"
known_hosts = "known_hosts"
ssh_config = "/dev/null"
[[host]]
name = "n1"
address = "127.0.0.1"
port = 1
[[host]]
name = "n2"
address = "127.0.0.1"
port = 2
`

async function begin(...words: readonly string[]): Promise<ControlProcess> {
  const argv = [await builtOpenswe(), 'run', 'instances.jsonl', '--hosts', 'hosts.toml', '--db', 'run.db', ...words]
  const control = new ControlProcess(argv, folder)
  await control.err.until(/n1: .*nothing listens there/)
  return control
}

async function ask(request: SteeringRequest): Promise<void> {
  expect(await askControl(database, request)).toMatchObject({ kind: 'done' })
}

test('a run that was killed says what it was asked before, with what takes it back, and holds to it', async () => {
  {
    await using _first = await begin('--json')
    await ask({ command: 'pause' })
    await ask({ command: 'drain', nodes: ['n1'], isUndone: false })
    await ask({ command: 'slots', node: 'n2', slots: 7 })
  }
  {
    await using second = await begin('--json')
    await second.out.until(/"event":"asked".*\n/)
    expect(second.lines.filter(({ event }) => event === 'asked')).toEqual([
      { event: 'asked', isPaused: true, draining: ['n1'], slots: [{ node: 'n2', slots: 7 }] },
    ])
  }
  await using third = await begin('--plain')
  expect(third.err.text).toStartWith(
    [
      'the run is still paused: nothing new begins until `openswe resume`\n',
      'still draining, and taking nothing: n1 — `openswe drain n1 --undo` takes it back\n',
      'n2 still has 7 slots, as was asked of this run: `openswe slots n2 N` changes that\n',
    ].join(''),
  )
  expect(await askControl(database, { command: 'look' })).toMatchObject({ isPaused: true, waiting: 1 })
}, 60_000)
