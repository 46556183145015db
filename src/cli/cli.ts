import { type CAC, cac } from 'cac'
import { FaultError } from '../domain/fault.ts'
import { StoreError } from '../store/store-error.ts'
import { closestWord } from '../util/closest-word.ts'
import { messageOf } from '../util/message-of.ts'
import { printable } from '../util/printable.ts'
import { type Command, optionKey, type RawValues } from './command.ts'
import { type CommandEntry, commands } from './commands.ts'
import { PreflightError, UsageError } from './errors.ts'
import { exitCodes } from './exit-codes.ts'
import { commandHelp, programHelp } from './help.ts'
import type { Terminal } from './terminal.ts'

/** Runs one command line (without the program's name) and returns its exit code. What is unexpected is thrown. */
export async function runCli(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const [name] = words
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
      terminal.out(programHelp(terminal.columns()))
      return exitCodes.success
    }
    return await runCommand(name, words, terminal)
  } catch (error) {
    const exitCode = exitCodeOf(error)
    if (exitCode === null) throw error
    terminal.err(`openswe: ${printable(messageOf(error), 'lines')}\n`)
    return exitCode
  }
}

function exitCodeOf(error: unknown): number | null {
  if (error instanceof UsageError) return exitCodes.usage
  if (error instanceof PreflightError || error instanceof StoreError) return exitCodes.preflight
  if (error instanceof FaultError && error.fault.kind !== 'internal') return exitCodes.preflight
  return null
}

async function runCommand(name: string, words: readonly string[], terminal: Terminal): Promise<number> {
  const entry = commands.find((candidate) => candidate.name === name)
  if (entry === undefined)
    throw new UsageError(unknown(name.startsWith('-') ? 'option' : 'command', name, commandNames))
  const command = await entry.load()
  const parser = parserOf(entry, command)
  parser.parse(['openswe', 'openswe', ...asKnownToCac(command, words)], { run: false })
  if (parser.options.help) {
    terminal.out(commandHelp(entry, command, terminal.columns()))
    return exitCodes.success
  }
  checkUsage(parser, command)
  return await command.run(parser.args, rawValues(command, words), terminal)
}

const commandNames = commands.map((entry) => entry.name)

function parserOf(entry: CommandEntry, command: Command): CAC {
  const parser = cac('openswe')
  parser.option('-h, --help', '')
  const parsed = parser.command(`${entry.name} ${entry.words}`.trim(), entry.summary)
  for (const option of command.options) {
    parsed.option(`--${option.name}${option.value === undefined ? '' : ` <${option.value}>`}`, option.description)
  }
  return parser
}

/** What cac checks only when it runs an action; said in our words, with a suggestion. */
function checkUsage(parser: CAC, command: Command): void {
  const known = command.options.map((option) => `--${option.name}`)
  for (const key of Object.keys(parser.options)) {
    if (key === '--' || parser.matchedCommand?.hasOption(key)) continue
    const typed = `${key.length === 1 ? '-' : '--'}${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    throw new UsageError(unknown('option', typed, known))
  }
  try {
    parser.matchedCommand?.checkOptionValue()
    parser.matchedCommand?.checkRequiredArgs()
    parser.matchedCommand?.checkUnusedArgs()
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error })
  }
}

function unknown(what: 'command' | 'option', word: string, words: readonly string[]): string {
  const near = closestWord(word, words)
  const hint = near === undefined ? 'see `openswe --help`' : `did you mean \`${near}\`?`
  return `unknown ${what} \`${word}\` — ${hint}`
}

/** cac knows a switch of several words only by its camel-cased name; by its own it would take the next word as a value. */
function asKnownToCac(command: Command, words: readonly string[]): readonly string[] {
  const switches = new Set(command.options.filter((row) => row.value === undefined).map((row) => `--${row.name}`))
  return words.map((word) => (switches.has(word) ? `--${optionKey(word.slice(2))}` : word))
}

/** Values as typed: cac would turn `007` into 7 and `1e5` into 100000. */
function rawValues(command: Command, words: readonly string[]): RawValues {
  const values: Record<string, string | true> = {}
  for (const [index, word] of words.entries()) {
    if (word === '--') break
    const [, name, , inline] = /^--([a-z-]+)(=(.*))?$/s.exec(word) ?? []
    const option = command.options.find((row) => row.name === name)
    if (option === undefined) continue
    const key = optionKey(option.name)
    if (key in values) throw new UsageError(`--${option.name} is given twice — leave one out`)
    values[key] = option.value === undefined ? true : (inline ?? words[index + 1] ?? '')
  }
  return values
}
