import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Deterministic numbers from 0 on, below a bound (mulberry32). */
export function randomFrom(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound)
  }
}

const syllables = [
  'par',
  'se',
  'load',
  'con',
  'fig',
  're',
  'new',
  'node',
  'ite',
  'ra',
  'tor',
  'get',
  'key',
  'val',
  'ue',
  'tim',
  'er',
  'path',
]

/** Lines of code as Python has them, each with words of its own. */
export function codeLine(random: (bound: number) => number): string {
  const word = () => Array.from({ length: 1 + random(3) }, () => syllables[random(syllables.length)]).join('')
  const indent = ' '.repeat(4 * (1 + random(3)))
  const lines = [
    () => `${indent}${word()} = self.${word()}(${word()}, ${word()}=${random(100)})`,
    () => `${indent}if ${word()} is None or "${word()} ${word()}" in ${word()}:`,
    () => `${indent}return ${word()}.${word()}[${word()}]`,
    () => `${indent}def ${word()}_${word()}(self, ${word()}, *, ${word()}=None):`,
  ]
  return (lines[random(lines.length)] ?? lines[0])?.() ?? ''
}

/** A patch of one file with so many hunks. */
export function makePatch(path: string, hunks: number, random: (bound: number) => number): string {
  const parts = [`diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n`]
  for (let hunk = 0; hunk < hunks; hunk += 1) {
    const start = 1 + hunk * 50 + random(20)
    const line = (sign: string) => `${sign}${codeLine(random)}\n`
    parts.push(`@@ -${start},7 +${start},9 @@\n`, ...[' ', ' ', ' ', '-', '+', '+', '+', ' ', ' ', ' '].map(line))
  }
  return parts.join('')
}

export interface RowShape {
  readonly count: number
  readonly bytes: number
}

/** Rows as `collect` writes them. Each of the paper's stages, the tests and the bots drop some, and some are copies. */
export async function writeRows(path: string, { count, bytes }: RowShape): Promise<void> {
  const random = randomFrom(1)
  const lines = function* () {
    let patch = ''
    for (let number = 1; number <= count; number += 1) {
      if (random(30) !== 0) patch = makePatch(`src/part_${random(1000)}/core.py`, 3, random)
      yield `${rowLine(number, patch, bytes, random)}\n`
    }
  }
  await pipeline(Readable.from(batches(lines()), { objectMode: true }), createWriteStream(path))
}

function* batches(lines: Iterable<string>): Generator<string> {
  let batch = ''
  for (const line of lines) {
    batch += line
    if (batch.length < 1_000_000) continue
    yield batch
    batch = ''
  }
  yield batch
}

function rowLine(number: number, patch: string, bytes: number, random: (bound: number) => number): string {
  const repo = `owner${random(9000)}/project`
  const row = {
    instance_id: `${repo.replace('/', '__')}-${number}`,
    repo,
    pull_number: number,
    base_commit: String(number).padStart(40, '0'),
    end_commit: String(number).padStart(40, 'f'),
    title: `Give case ${number} its value`,
    problem_statement: '',
    statement_from: 'issue',
    hints_text: '',
    patch,
    test_patch: random(8) === 0 ? '' : makePatch('tests/test_core.py', 2, random),
    issue_numbers: random(8) === 0 ? [] : [number],
    created_at: '2024-06-01T00:00:00Z',
    merged_at: '2024-06-02T00:00:00Z',
    pr_author: random(20) === 0 ? 'renovate[bot]' : `person${random(5000)}`,
    pr_labels: [],
    language: random(10) === 0 ? 'java' : 'python',
    license_name: 'MIT',
    stars: random(50),
    is_fork: false,
  }
  const room = Math.max(100, bytes - JSON.stringify(row).length)
  const sentences = Array.from({ length: 20 }, () => `It says \`${codeLine(random).trim()}\` and then\nfails.\n`)
  const problem_statement = `Case ${number}\n${sentences.join('').repeat(1 + Math.ceil(room / 800))}`.slice(0, room)
  return JSON.stringify({ ...row, problem_statement })
}
