import * as v from 'valibot'
import { UsageError } from './errors.ts'
import { type Choices, choicesOf } from './options/choices.ts'
import type { Terminal } from './terminal.ts'

export interface OptionRow {
  /** As typed, without the dashes: `only`, `ca-bundle`. */
  readonly name: string
  /** What stands for the value in the help, such as `N`; absent where the option is a switch. */
  readonly value?: string
  readonly description: string
  /** The heading it stands under in the help; absent under `Options`. */
  readonly group?: string
}

/** What was typed, each option by its camel-cased name: texts exactly as they were typed, `true` for switches. */
export interface RawValues {
  readonly [option: string]: string | true | undefined
}

/** A subcommand: flags, checked by a schema, and the one call they lead to. */
export interface Command {
  readonly options: readonly OptionRow[]
  /** Whole lines that can be typed. */
  readonly examples: readonly string[]
  /** The words that an option, by its name as typed, takes; null where others are taken too. */
  choices(option: string): Choices | null
  /** Returns the exit code. Throws UsageError where a value is wrong. */
  run(words: readonly string[], values: RawValues, terminal: Terminal): Promise<number>
}

interface CommandDefinition<Values> {
  readonly options: readonly OptionRow[]
  readonly examples: readonly string[]
  readonly schema: v.GenericSchema<unknown, Values> & { readonly entries?: Readonly<Record<string, unknown>> }
  run(words: readonly string[], values: Values, terminal: Terminal): Promise<number>
}

/** Joins a schema and the call it guards, so that the call gets checked values only. */
export function command<Values>(definition: CommandDefinition<Values>): Command {
  return {
    options: definition.options,
    examples: definition.examples,
    choices: (option) => choicesOf(definition.schema.entries?.[optionKey(option)]),
    run: (words, values, terminal) => definition.run(words, checked(definition.schema, values), terminal),
  }
}

function checked<Values>(schema: v.GenericSchema<unknown, Values>, values: RawValues): Values {
  const parsed = v.safeParse(schema, values)
  if (parsed.success) return parsed.output
  throw new UsageError(
    parsed.issues
      .map((issue) => {
        const option = `--${optionName(v.getDotPath(issue) ?? '')}`
        return issue.received === 'undefined' ? `${option} is missing` : `${option}: ${issue.message}`
      })
      .join('\n'),
  )
}

/** `caBundle` → `ca-bundle`. */
export function optionName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `ca-bundle` → `caBundle`, as options are named in code. */
export function optionKey(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
