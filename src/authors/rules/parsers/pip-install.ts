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
  return [...joined.matchAll(/\bpip3?\s+install\s+([^\n|&;>]*(?:;\s*python_version[^\n|&>]*)?)/g)].map((match) =>
    readWords(words(match[1] ?? '')),
  )
}

function readWords(list: readonly string[]): PipInstall {
  const requirements: string[] = []
  const files: string[] = []
  const extras: string[] = []
  for (let at = 0; at < list.length; at += 1) {
    const word = list[at] ?? ''
    const self = /^\.\/?(?:\[([^\]]*)\])?$/.exec(word)
    if (word === '-r' || word === '--requirement') files.push(list[++at] ?? '')
    else if (/^-r./.test(word)) files.push(word.slice(2))
    else if (optionsWithValue.has(word)) at += 1
    else if (self !== null) extras.push(...(self[1] ?? '').split(',').filter(Boolean))
    else if (/^[A-Za-z0-9]/.test(word) && !/[/$]|\.(?:whl|gz|zip)$|\+/.test(word)) requirements.push(word)
  }
  return { requirements, files: files.filter((file) => /^[\w./-]+$/.test(file)), extras }
}

function words(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? '')
}
