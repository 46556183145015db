import { wrapWords } from '../util/wrap-words.ts'
import type { Command } from './command.ts'
import { type CommandEntry, commands } from './commands.ts'
import { exitCodeTable } from './exit-codes.ts'
import { helpNotes, notesOf } from './help-notes.ts'

/** Lines longer than that are hard to read, however wide the terminal is. */
const mostColumns = 110
const leastColumns = 60

/** The page about one subcommand: how it is typed, all of its options, examples, and what it reads besides. */
export function commandHelp(entry: CommandEntry, command: Command, columns: number): string {
  const width = widthOf(columns)
  const rows = command.options.map(({ name, value, description, group }) => ({
    group: group ?? 'Options',
    row: [value === undefined ? `--${name}` : `--${name} <${value}>`, description] as const,
  }))
  const help = { group: 'Options', row: ['-h, --help', 'Print this'] as const }
  return [
    `${entry.summary}\n`,
    part('Usage', [`  $ ${`openswe ${entry.name} ${entry.words}`.trim()}\n`]),
    ...[...Map.groupBy([...rows, help], ({ group }) => group)].map(([title, inGroup]) =>
      part(
        title,
        listed(
          inGroup.map(({ row }) => row),
          width,
        ),
      ),
    ),
    part(
      'Examples',
      command.examples.map((example) => `  $ ${example}\n`),
    ),
    part('Files', listed(notesOf(helpNotes.files, entry, command).map(noteRow), width)),
    part('Environment', listed(notesOf(helpNotes.variables, entry, command).map(noteRow), width)),
    part('Exit codes', exitCodeLines(width)),
  ]
    .filter((text) => text !== '')
    .join('\n')
}

/** The page about all of it. */
export function programHelp(columns: number): string {
  const width = widthOf(columns)
  const rows = commands
    .filter(({ isInternal }) => !isInternal)
    .map((entry) => [`openswe ${entry.name} ${entry.words}`.trim(), entry.summary] as const)
  return [
    'openswe turns GitHub pull requests into executable, validated Docker environments.\n',
    part('Commands', listed(rows, width)),
    'Each has --help with examples. openswe --version prints the version.\n',
    part('Example', ['  $ openswe demo\n']),
    part('Files', listed(helpNotes.files.map(noteRow), width)),
    part('Environment', listed(helpNotes.variables.map(noteRow), width)),
    part('Exit codes', exitCodeLines(width)),
  ].join('\n')
}

function widthOf(columns: number): number {
  return Math.max(leastColumns, Math.min(mostColumns, columns))
}

function exitCodeLines(width: number): string[] {
  return listed(
    exitCodeTable.map(([code, meaning]) => [String(code), meaning] as const),
    width,
  )
}

function noteRow({ name, what }: { readonly name: string; readonly what: string }): readonly [string, string] {
  return [name, what]
}

function part(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}:\n${lines.join('')}`
}

/** Names in a column of their own, and beside it what is said of each. */
function listed(rows: readonly (readonly [name: string, what: string])[], width: number): string[] {
  const column = Math.max(0, ...rows.map(([name]) => Bun.stringWidth(name))) + 2
  return rows.map(([name, what]) => {
    const [first = '', ...others] = wrapWords(what, width - column - 2)
    const beside = others.map((line) => `${' '.repeat(column + 2)}${line}\n`)
    return `  ${name}${' '.repeat(column - Bun.stringWidth(name))}${first}\n${beside.join('')}`
  })
}
