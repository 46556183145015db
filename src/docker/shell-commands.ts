/** One simple command of a shell text, as far as it can be known without running it. */
export interface ShellCommand {
  /** Quotes resolved, variables as written, assignments before the command left out. */
  readonly words: readonly string[]
  readonly assignments: readonly string[]
  /** Files that its output is redirected to. */
  readonly writes: readonly string[]
}

/**
 * Every simple command in a shell text: in lists, pipes, groups, conditions, substitutions, and in texts that are given
 * to a shell. A heredoc's lines are read as commands too, since a shell may be what reads them.
 */
export function shellCommands(text: string): readonly ShellCommand[] {
  return new ShellReader(text).read(maxDepth)
}

/** Nesting beyond it is not looked into. */
const maxDepth = 8

const reserved = new Set([
  'if',
  'then',
  'elif',
  'else',
  'fi',
  'for',
  'while',
  'until',
  'do',
  'done',
  'case',
  'esac',
  '!',
  '{',
  '}',
  'time',
])

class ShellReader {
  readonly #text: string
  #at = 0
  #nested: string[] = []

  constructor(text: string) {
    this.#text = text.replace(/\\\r?\n/g, '').replace(/\r\n/g, '\n')
  }

  read(depth: number): ShellCommand[] {
    const commands: ShellCommand[] = []
    while (this.#at < this.#text.length) {
      const command = this.#command()
      if (command.words.length + command.assignments.length + command.writes.length > 0) commands.push(command)
    }
    const inner = [...this.#nested, ...commands.flatMap(givenToShell)]
    if (depth > 0) for (const text of inner) commands.push(...new ShellReader(text).read(depth - 1))
    return commands
  }

  #command(): ShellCommand {
    const command = { words: [] as string[], assignments: [] as string[], writes: [] as string[] }
    let direction: Direction | null = null
    for (let token = this.#token(); token.kind !== 'end'; token = this.#token()) {
      if (token.kind === 'redirect') {
        direction = token.direction
        continue
      }
      if (direction === 'output') command.writes.push(token.text)
      if (direction === null) place(token.text, command)
      direction = null
    }
    return command
  }

  #token(): Token {
    while (/[ \t]/.test(this.#text[this.#at] ?? '')) this.#at += 1
    const rest = this.#text.slice(this.#at, this.#at + 16)
    if (rest === '') return { kind: 'end' }
    if (rest.startsWith('#')) {
      const end = this.#text.indexOf('\n', this.#at)
      this.#at = end < 0 ? this.#text.length : end
      return this.#token()
    }
    const redirect = /^(?:\d*|&)(<<-?<?|<>|<&|<|>>|>&|>\||>)/.exec(rest)
    if (redirect && !/^[<>]\(/.test(rest)) {
      this.#at += redirect[0].length
      return { kind: 'redirect', direction: redirect[1]?.startsWith('>') ? 'output' : 'input' }
    }
    if (/^[;&|\n()]/.test(rest)) {
      this.#at += 1
      return { kind: 'end' }
    }
    return { kind: 'word', text: this.#word() }
  }

  #word(): string {
    let word = ''
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? ''
      if (/[ \t\n;&|()]/.test(char)) return word
      if (/[<>]/.test(char)) {
        if (word !== '') return word
        this.#at += 1
      } else word += this.#piece(char)
    }
    return word
  }

  /** A quoted part of a word, or one character of it. */
  #piece(char: string): string {
    if (char === "'") return this.#upTo("'")
    if (char === '"') return this.#doubleQuoted()
    if (this.#nest(char)) return ''
    if (char === '\\') this.#at += 1
    this.#at += 1
    return this.#text[this.#at - 1] ?? ''
  }

  /** Goes past a substitution, which is read later as a text of its own. */
  #nest(char: string): boolean {
    if (char === '`') this.#nested.push(this.#upTo('`'))
    else if (this.#text.startsWith('$(', this.#at)) this.#substitution()
    else return false
    return true
  }

  /** What is between here and the next such character; goes past it. */
  #upTo(quote: string): string {
    const found = this.#text.indexOf(quote, this.#at + 1)
    const end = found < 0 ? this.#text.length : found
    const inside = this.#text.slice(this.#at + 1, end)
    this.#at = end + 1
    return inside
  }

  #doubleQuoted(): string {
    let inside = ''
    this.#at += 1
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? ''
      if (char === '"') {
        this.#at += 1
        return inside
      }
      if (this.#nest(char)) continue
      if (char === '\\' && /["\\$`]/.test(this.#text[this.#at + 1] ?? '')) this.#at += 1
      inside += this.#text[this.#at] ?? ''
      this.#at += 1
    }
    return inside
  }

  /** `$( … )`, parentheses counted: what is inside is read later, as a text of its own. */
  #substitution(): void {
    const start = this.#at + 2
    let depth = 1
    this.#at = start
    while (this.#at < this.#text.length && depth > 0) {
      const char = this.#text[this.#at]
      if (char === '(') depth += 1
      if (char === ')') depth -= 1
      this.#at += 1
    }
    this.#nested.push(this.#text.slice(start, depth === 0 ? this.#at - 1 : this.#at))
  }
}

type Direction = 'input' | 'output'

function place(word: string, command: { words: string[]; assignments: string[] }): void {
  if (command.words.length > 0) command.words.push(word)
  else if (/^[A-Za-z_]\w*\+?=/.test(word)) command.assignments.push(word)
  else if (!reserved.has(word)) command.words.push(word)
}

type Token =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'redirect'; readonly direction: Direction }
  | { readonly kind: 'end' }

/** The texts that a command hands to a shell: `bash -lc TEXT`, `eval TEXT`, behind whatever starts the shell. */
function givenToShell({ words }: ShellCommand): string[] {
  const texts: string[] = []
  words.forEach((word, index) => {
    const name = word.slice(word.lastIndexOf('/') + 1)
    const rest = words.slice(index + 1)
    if (name === 'eval') texts.push(rest.join(' '))
    if (!/^(?:ba|da|z|k)?sh$|^su$/.test(name)) return
    const flag = rest.findIndex((option) => /^-[a-z]*c$/.test(option) || option === '--command')
    const text = flag < 0 ? undefined : rest[flag + 1]
    if (text !== undefined) texts.push(text)
  })
  return texts
}
