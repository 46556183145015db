/** What a `pip install` command names. */
export interface PipInstall {
  /** Requirements as written. */
  readonly requirements: readonly string[]
  readonly files: readonly string[]
  /** Extras asked of the project itself (`.[tests]`). */
  readonly extras: readonly string[]
}

const optionsWithValue = new Set([
  '-c',
  '--constraint',
  '-i',
  '--index-url',
  '--extra-index-url',
  '-f',
  '--find-links',
  '-t',
  '--target',
  '--python',
  '--upgrade-strategy',
  '--progress-bar',
  '--retries',
  '--timeout',
])

/** Every `pip install …` in the lines of a script or workflow. */
export function pipInstallsIn(text: string): PipInstall[] {
  const joined = text.replace(/\\\r?\n\s*/g, ' ')
  return [...joined.matchAll(/\bpip3?\s+install\s+([^\n]*)/g)].map((match) => readWords(wordsOf(match[1] ?? '')))
}

function readWords(words: readonly string[]): PipInstall {
  const requirements: string[] = []
  const files: string[] = []
  const extras: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const self = /^\.\/?(?:\[([^\]]*)\])?$/.exec(word)
    const file = /^(?:-r|--requirement)=?(.*)$/.exec(word)
    if (file !== null) files.push(file[1] || (words[++at] ?? ''))
    else if (optionsWithValue.has(word)) at += 1
    else if (self !== null) extras.push(...(self[1] ?? '').split(',').filter((extra) => extra !== ''))
    else if (isRequirement(word)) requirements.push(word)
  }
  return { requirements, files: files.filter((path) => /^[\w./-]+$/.test(path)), extras }
}

function isRequirement(word: string): boolean {
  return /^[A-Za-z0-9]/.test(word) && !/[/$]|\.(?:whl|gz|zip)$|\+/.test(word)
}

/** Words of a shell line up to the end of its first command, without quotes. */
function wordsOf(line: string): string[] {
  const words: string[] = []
  for (const match of line.matchAll(/"([^"]*)"|'([^']*)'|([;&|]+|\d?>+)|([^\s"';&|]+)/g)) {
    if (match[3] !== undefined) break
    words.push(match[1] ?? match[2] ?? match[4] ?? '')
  }
  return words
}
