import { expect, test } from 'bun:test'
import { commands } from '../../src/cli/commands.ts'
import { commandHelp, programHelp } from '../../src/cli/help.ts'
import { helpNotes } from '../../src/cli/help-notes.ts'
import { openswe } from '../support/openswe.ts'

async function helpOf(name: string, columns: number): Promise<string> {
  const entry = commands.find((one) => one.name === name)
  if (entry === undefined) throw new Error(`no command ${name}`)
  return commandHelp(entry, await entry.load(), columns)
}

test('the help of a command says what it is, how it is typed, and what it reads and exits with', async () => {
  expect(await helpOf('status', 80)).toBe(
    `Show how far the latest run is, even while it runs

Usage:
  $ openswe status

Options:
  --db <FILE>  The database (default: openswe.db in this folder)
  --json       Print one JSON object
  -h, --help   Print this

Examples:
  $ openswe status
  $ openswe status --json | jq .accepted

Files:
  openswe.db  All that is known of instances, runs and rollouts; --db names
              another

Environment:
  NO_COLOR  No colours, whatever it holds

Exit codes:
  0    done; of a run: every instance has a verdict (rows that are broken are
       listed and counted)
  1    an error of openswe itself; of \`demo\`: an outcome is not as expected
  2    wrong command, option or input; of a run: no row of the file could be run
  3    the machinery failed for some instances; the same command again tries
       them again
  5    this machine, a host or the database cannot be used (\`openswe doctor\`
       says what is missing)
  70   an error of openswe that nothing caught
  130  interrupted (Ctrl-C, or \`openswe stop\`); the same command continues it
  141  whoever read the output went away
  143  terminated (SIGTERM); the same command continues it
`,
  )
})

test('no line of a help is wider than the terminal, but examples, headings and words that cannot be broken', async () => {
  for (const columns of [60, 80, 110]) {
    const helps = await Promise.all(commands.map(({ name }) => helpOf(name, columns)))
    const lines = [programHelp(columns), ...helps].join('').split('\n')
    const wide = lines.filter((line) => Bun.stringWidth(line) > columns && /^ {2}[^$]/.test(line))
    expect(wide.filter((line) => !/^ +\S+$/.test(line))).toEqual([])
  }
})

test('every file and variable is told of some command, and of none that does not have it', async () => {
  const helps = await Promise.all(commands.map(({ name }) => helpOf(name, 110)))
  for (const { name } of [...helpNotes.files, ...helpNotes.variables]) {
    expect(helps.filter((help) => help.includes(`\n  ${name} `)).length).toBeGreaterThan(0)
  }
  expect(await helpOf('doctor', 110)).not.toContain('openswe.db')
})

test('-h is --help, also where a word is missing', async () => {
  const long = await openswe(['run', '--help'])
  expect(long.exitCode).toBe(0)
  expect(await openswe(['run', '-h'])).toEqual(long)
})
