import { DockerfileParser } from 'dockerfile-ast'

/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals. */
  readonly keyword: string
  /** The lines it stands on, from 1. */
  readonly line: number
  readonly lastLine: number
  /** `--name=value` before the arguments, without the dashes. */
  readonly flags: readonly { readonly name: string; readonly value: string }[]
  /** The arguments as one text: continued lines joined, comments between them left out, heredocs kept. */
  readonly text: string
  /** The words of a JSON form (`RUN ["make", "x"]`), else null. */
  readonly json: readonly string[] | null
  readonly heredocs: readonly { readonly delimiter: string; readonly isClosed: boolean }[]
}

export function parseDockerfile(text: string): readonly Instruction[] {
  return DockerfileParser.parse(text)
    .getInstructions()
    .map((instruction) => {
      const { start, end } = instruction.getRange()
      const raw = instruction.getRawArgumentsContent() ?? ''
      const heredocs = heredocsOf(instruction as unknown as Partial<WithHeredocs>)
      return {
        keyword: instruction.getKeyword(),
        line: start.line + 1,
        lastLine: end.line + 1,
        flags: flagsOf(instruction as unknown as Partial<WithFlags>),
        text: heredocs.length > 0 ? raw : joined(raw),
        json: jsonOf(raw),
        heredocs,
      }
    })
}

interface WithFlags {
  getFlags(): readonly { getName(): string; getValue(): string | null }[]
}

interface WithHeredocs {
  getHeredocs(): readonly { getName(): string; getDelimiterRange(): object | null }[]
}

function flagsOf(instruction: Partial<WithFlags>): Instruction['flags'] {
  return (instruction.getFlags?.() ?? []).map((flag) => ({ name: flag.getName(), value: flag.getValue() ?? '' }))
}

function heredocsOf(instruction: Partial<WithHeredocs>): Instruction['heredocs'] {
  return (instruction.getHeredocs?.() ?? []).map((heredoc) => ({
    delimiter: heredoc.getName(),
    isClosed: heredoc.getDelimiterRange() !== null,
  }))
}

function joined(raw: string): string {
  const [first = '', ...others] = raw.split('\n')
  return [first, ...others.filter((line) => !/^\s*(?:#|$)/.test(line))].join('\n').replace(/\\[ \t]*\r?\n/g, '')
}

function jsonOf(raw: string): readonly string[] | null {
  if (!raw.startsWith('[')) return null
  try {
    const words: unknown = JSON.parse(raw)
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : null
  } catch {
    return null
  }
}
