import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commands } from '../../src/cli/commands.ts'
import { bashCompletion } from '../../src/cli/completion/bash.ts'
import { type CompletedCommand, completedCommand } from '../../src/cli/completion/completed.ts'
import { fishCompletion } from '../../src/cli/completion/fish.ts'
import { zshCompletion } from '../../src/cli/completion/zsh.ts'
import { putInstance } from '../../src/store/instances.ts'
import { openStore } from '../../src/store/store.ts'
import { openswe } from '../support/openswe.ts'
import { anInstance } from '../support/run-values.ts'

const main = join(import.meta.dir, '../../src/main.ts')

let folder: string
let completed: readonly CompletedCommand[]
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openswe completion '))
  const program = join(folder, 'openswe')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`)
  chmodSync(program, 0o755)
  for (const name of ['openswe.db', 'other name.db']) {
    using store = await openStore(join(folder, name), 'write')
    const ids =
      name === 'openswe.db' ? ['o__r-1', 'o__r-2', 'p__q-1'] : ['else__where-1', '$(touch hurt)', '-rf', 'a b']
    for (const id of ids) putInstance(store, anInstance(id), 'digest')
  }
  completed = await Promise.all(commands.map(async (entry) => completedCommand(entry, await entry.load())))
  writeFileSync(join(folder, 'completion.bash'), bashCompletion(completed))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Each line is what bash makes of one list of words, the last of which is completed; `!` is what is left to bash. */
async function bashOffers(lines: readonly (readonly string[])[]): Promise<string[][]> {
  const script = `
    source ./completion.bash
    compopt() { COMPREPLY=("!$2"); }
    complete_words() {
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      _openswe openswe
      printf '%s\\n' "\${COMPREPLY[@]}" --end--
    }
    while IFS= read -r line; do eval "complete_words $line"; done`
  const child = Bun.spawn(['bash', '--norc', '-c', script], {
    cwd: folder,
    env: { PATH: `${folder}:${process.env.PATH}` },
    stdin: Buffer.from(lines.map((words) => `${words.map((word) => `'${word}'`).join(' ')}\n`).join('')),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()])
  expect(stderr).toBe('')
  return stdout
    .split('--end--\n')
    .slice(0, -1)
    .map((offered) => offered.split('\n').filter((word) => word !== ''))
}

const typed = (line: string) => ['openswe', ...line.split(' ')]

test('bash offers every subcommand, and every option of each', async () => {
  const lines = [typed(''), ...completed.map(({ name }) => typed(`${name} -`))]
  const offered = await bashOffers(lines)
  expect(offered[0]).toEqual([...commands.map(({ name }) => name), 'help', '--help', '--version'])
  expect(offered.slice(1)).toEqual(completed.map(({ options }) => options.map(({ name }) => name)))
})

test('bash offers what an option takes, whichever way it is typed, and several between commas', async () => {
  const cases: [string, string[]][] = [
    ['re', ['resume', 'retry', 'report']],
    ['run --author ', ['rules', 'model', 'auto']],
    ['run --author = m', ['model']],
    ['run --author =', ['rules', 'model', 'auto']],
    ['run --retry accepted,f', ['accepted,faulted']],
    ['run --cache ', ['!dirnames']],
    ['run --db x', ['!default']],
    ['run --slots ', []],
    ['images ', ['build', 'ls', 'load']],
    ['images --flavour auto b', ['build']],
    ['hosts --starts 4 ', ['check', 'push', 'images']],
    ['hosts check --json ', ['!default']],
    ['hosts check hosts.toml ', []],
    ['filter a b ', ['!default']],
    ['run ', ['!default']],
    ['run a ', []],
    ['export ', ['trajectories', 'environments']],
    ['nonsense ', []],
  ]
  expect(await bashOffers(cases.map(([line]) => typed(line)))).toEqual(cases.map(([, offered]) => offered))
})

test('bash offers ids from the database that the line names, and none that could mean something to it', async () => {
  const lines = [
    typed('show o'),
    typed('run tasks.jsonl --only o__r-1,o'),
    ['openswe', 'show', '--db', 'other name.db', ''],
    ['openswe', 'show', '--db', '=', 'other name.db', 'e'],
    typed('show --db absent.db '),
  ]
  expect(await bashOffers(lines)).toEqual([
    ['o__r-1', 'o__r-2'],
    ['o__r-1,o__r-1', 'o__r-1,o__r-2'],
    ['else__where-1'],
    ['else__where-1'],
    [],
  ])
})

const hostile: CompletedCommand = {
  name: 'run',
  summary: "it's a: summary",
  options: [
    {
      name: '--only',
      description: "some's [x]: y\\z",
      value: { name: 'A:B', completion: { kind: 'instances', isList: true } },
    },
    { name: '--json', description: 'JSON', value: null },
  ],
  words: [{ kind: 'words', words: ['one', 'two'], isList: false }, { kind: 'files' }],
  isOpenEnded: true,
}

test('zsh is told words, options and values with its own characters escaped', () => {
  const script = zshCompletion([hostile])
  expect(script).toStartWith('#compdef openswe\n')
  expect(script).toContain(String.raw`    'run:it'\''s a: summary'`)
  expect(script).toContain(
    String.raw`        run)
          _arguments -S '--only=[some'\''s \[x\]\: y\\z]:A\:B:_sequence _openswe_instances' \
            '--json[JSON]' \
            '1:word:(one two)' \
            '*:file:_files'`,
  )
})

test('fish is told words, options and values with its own characters escaped', () => {
  const lines = fishCompletion([hostile]).split('\n')
  const run = "complete -c openswe -n '__openswe_command run"
  expect(
    lines.slice(
      lines.findIndex((line) => line.includes('-a run')),
      -1,
    ),
  ).toEqual([
    String.raw`complete -c openswe -n __openswe_command -a run -d 'it\'s a: summary'`,
    `${run}; and test (count (commandline -opc)) -eq 2' -f -a 'one two'`,
    `${run}; and test (count (commandline -opc)) -eq 3' -F`,
    String.raw`${run}' -l only -d 'some\'s [x]: y\\z' -r -f -a '(__fish_append , (__openswe_instances))'`,
    `${run}' -l json -d 'JSON'`,
  ])
})

test('the script of a shell is printed, and an unknown shell is named', async () => {
  expect(await openswe(['completion', 'bash'])).toEqual({ exitCode: 0, stdout: bashCompletion(completed), stderr: '' })
  expect(await openswe(['completion', 'tcsh'])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'openswe: unknown shell `tcsh` — bash, zsh, fish\n',
  })
})
