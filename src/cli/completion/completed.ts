import type { Command, OptionRow } from '../command.ts'
import type { CommandEntry, WordCompletion } from '../commands.ts'

/** What a shell completes a word by. */
export type Completion =
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly isList: boolean }
  | { readonly kind: 'files' }
  | { readonly kind: 'folders' }
  | { readonly kind: 'instances'; readonly isList: boolean }
  /** Any word: nothing can be offered. */
  | { readonly kind: 'nothing' }

export interface CompletedOption {
  /** With its dashes. */
  readonly name: string
  readonly description: string
  /** Null of a switch. */
  readonly value: { readonly name: string; readonly completion: Completion } | null
}

/** What can be typed behind one subcommand. */
export interface CompletedCommand {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletedOption[]
  /** Of its words, in their order. */
  readonly words: readonly Completion[]
  /** The last of `words` holds for all that follow. */
  readonly isOpenEnded: boolean
}

export function completedCommand(entry: CommandEntry, command: Command): CompletedCommand {
  return {
    name: entry.name,
    summary: entry.summary,
    options: [...command.options.map((row) => completedOption(row, command)), helpOption],
    words: (entry.completes ?? []).map(wordCompletion),
    isOpenEnded: entry.words.includes('...'),
  }
}

const helpOption: CompletedOption = { name: '--help', description: 'Print how it is used', value: null }

function completedOption({ name, value, description }: OptionRow, command: Command): CompletedOption {
  if (value === undefined) return { name: `--${name}`, description, value: null }
  const choices = command.choices(name)
  const completion: Completion = choices === null ? completionOf(value) : { kind: 'words', ...choices }
  return { name: `--${name}`, description, value: { name: value, completion } }
}

/** By the name that stands for the value in the help. */
function completionOf(value: string): Completion {
  switch (value) {
    case 'FILE':
    case 'FILE,…':
    case 'PATH':
      return { kind: 'files' }
    case 'FOLDER':
      return { kind: 'folders' }
    case 'ID,…':
      return { kind: 'instances', isList: true }
    default:
      return { kind: 'nothing' }
  }
}

function wordCompletion(word: WordCompletion): Completion {
  if (word === 'files') return { kind: 'files' }
  return word === 'instances' ? { kind: 'instances', isList: false } : { kind: 'words', words: word, isList: false }
}
