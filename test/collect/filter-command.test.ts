import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openswe } from '../support/openswe.ts'
import { aRow, ownPatch } from './filter-rows.ts'

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'openswe filter '))
})
afterAll(() => rmSync(cwd, { recursive: true }))

/** Rows with spacing, key order and escapes as no writer of ours has them. */
const rows = [1, 2, 3, 4].map((number) => {
  const json = JSON.stringify({ 'Ключ\u2028': '\u00e9', ...aRow({ patch: ownPatch(number) }, number) })
  return json.replace('{"', '{ "').replace('"stars":5', '"stars" : 5e0').replace('é', '\\u00e9')
})
const [first = '', second = '', third = '', fourth = ''] = rows

function write(name: string, text: string): string {
  writeFileSync(join(cwd, name), text)
  return name
}

const main = join(import.meta.dir, '../../src/main.ts')

/** A shell line in which `$0 $1` is the program. */
async function shell(line: string) {
  const child = Bun.spawn(['bash', '-c', line, process.execPath, main], { cwd, stdout: 'pipe', stderr: 'pipe' })
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { stdout, stderr, exitCode: await child.exited }
}

test('kept rows pass byte for byte and in order, dropped and broken ones are said, and all is written down', async () => {
  const bot = JSON.stringify(aRow({ pr_author: 'x[bot]', patch: ownPatch(9) }, 9))
  write('in.jsonl', `${first}\r\n\n${bot}\n${second}\n{"instance_id": "cut\n${fourth}`)
  write('more.jsonl', `${third}\n`)
  const words = ['filter', 'in.jsonl', 'more.jsonl', '--dropped', 'dropped.jsonl']
  const { exitCode, stdout, stderr } = await openswe(words, { cwd })
  expect(exitCode).toBe(0)
  expect(stdout).toBe(`${first}\r\n${second}\n${fourth}\n${third}\n`)
  expect(stderr).toBe(
    [
      'error[E_JSON]: in.jsonl:5: unexpected end — was the file cut? One whole JSON object per line expected',
      'rule            dropped  left  not said',
      'rows                        6',
      'broken                1     5',
      'stars                 0     5',
      'language              0     5',
      'issue                 0     5',
      'source-change         0     5',
      'test-change           0     5',
      'bot                   1     4',
      'near-duplicate        0     4',
      'kept                        4',
      '',
    ].join('\n'),
  )
  const dropped = readFileSync(join(cwd, 'dropped.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(dropped).toEqual([
    { instance_id: 'owner__name-9', rule: 'bot', explanation: 'x[bot] is a bot', file: 'in.jsonl', line: 3 },
    {
      instance_id: null,
      rule: 'broken',
      explanation: 'E_JSON: unexpected end — was the file cut? One whole JSON object per line expected',
      file: 'in.jsonl',
      line: 5,
    },
  ])
  expect((await openswe(words, { cwd })).stdout).toBe(stdout)
})

test('a switch of several words takes no file for its value', async () => {
  const file = write('switched.jsonl', `${first}\n`)
  expect((await openswe(['filter', '--commit-statements', file], { cwd })).stdout).toBe(`${first}\n`)
})

test('rows come through a pipe, packed files are read, and a closed input is an empty one', async () => {
  write('piped.jsonl', `${first}\n${second}\n`)
  expect((await shell('cat piped.jsonl | "$0" "$1" filter')).stdout).toBe(`${first}\n${second}\n`)
  expect((await shell('gzip -k piped.jsonl; "$0" "$1" filter piped.jsonl.gz')).stdout).toBe(`${first}\n${second}\n`)
  const cut = await shell('head -c 100 piped.jsonl | "$0" "$1" filter -')
  expect({ stdout: cut.stdout, exitCode: cut.exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(cut.stderr).toContain('error[E_JSON]: <stdin>:1: unexpected end')
  for (const input of ['<&-', '</dev/null']) {
    const { stdout, stderr, exitCode } = await shell(`"$0" "$1" filter ${input}`)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 })
    expect(stderr).toMatch(/^rule .*\nrows +0\n/)
  }
})

test('what comes through a pipe is unpacked by its first bytes, and refused where it cannot be', async () => {
  write('piped.jsonl', `${first}\n${second}\n`)
  writeFileSync(join(cwd, 'piped.zst'), Bun.zstdCompressSync(`${first}\n${second}\n`))
  for (const packed of ['gzip -c piped.jsonl', 'cat piped.zst', '(head -c 1; cat) < piped.zst']) {
    expect((await shell(`${packed} | "$0" "$1" filter`)).stdout).toBe(`${first}\n${second}\n`)
  }
  const refused = await shell('printf "PK\\003\\004rest" | "$0" "$1" filter')
  expect(refused).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'openswe: error[E_FORMAT]: <stdin>: is a zip archive — give JSONL, plain or packed as .gz or .zst\n',
  })
})

test('a packed file that is damaged is said after the rows that came out of it', async () => {
  write('whole.jsonl', `${rows.join('\n')}\n`)
  const { stderr } = await shell('gzip -c whole.jsonl | head -c -20 > cut.jsonl.gz; "$0" "$1" filter cut.jsonl.gz')
  expect(stderr).toMatch(/^error\[E_FORMAT\]: cut.jsonl.gz:\d: cannot be read further/)
})

test('a reader that goes away ends the filter quietly, and a slow one is waited for', async () => {
  const many = Array.from({ length: 3000 }, (_, number) => JSON.stringify(aRow({ patch: ownPatch(number) }, number)))
  write('many.jsonl', `${many.join('\n')}\n`)
  const gone = await shell(
    'set -o pipefail; "$0" "$1" filter many.jsonl 2>err | head -c 10 >/dev/null; echo "$?"; cat err',
  )
  expect(gone.stdout).toMatch(/^141\nrule /)
  const slow = await shell('"$0" "$1" filter many.jsonl 2>/dev/null | (read -r line; echo "$line"; cat) | sha256sum')
  const expected = new Bun.CryptoHasher('sha256').update(`${many.join('\n')}\n`).digest('hex')
  expect(slow.stdout).toBe(`${expected}  -\n`)
})

test('--annotate adds quality as the last field, and once only', async () => {
  write('plain.jsonl', `${first}\n`)
  const once = await openswe(['filter', 'plain.jsonl', '--annotate'], { cwd })
  expect(once.stdout).toBe(`${first.slice(0, -1)},"quality":{"score":1,"flags":[]}}\n`)
  write('annotated.jsonl', once.stdout)
  expect((await openswe(['filter', 'annotated.jsonl', '--annotate'], { cwd })).stdout).toBe(once.stdout)
})

test('--explain says what each rule finds about one row, and prints no rows', async () => {
  const row = aRow({ stars: 2, language: null, patch: ownPatch(1), problem_statement: 'Wrong\nThe totals.\n' }, 8)
  write('explain.jsonl', `${first}\n${JSON.stringify(row)}\n${second}\n`)
  const { exitCode, stdout } = await openswe(['filter', 'explain.jsonl', '--explain', 'owner__name-8'], { cwd })
  expect(exitCode).toBe(0)
  expect(stdout).toBe(
    [
      'stars           drops it     the repository has 2 stars, fewer than 5',
      'language        is not told',
      'issue           keeps it',
      'source-change   keeps it',
      'test-change     keeps it',
      'bot             keeps it',
      'near-duplicate  drops it     its patch is about 1.00 like that of owner__name-1, which came first',
      '',
      'quality 0.07',
      '  thin  0.93  the statement has 3 words',
      '',
    ].join('\n'),
  )
  const missing = await openswe(['filter', 'explain.jsonl', '--explain', 'a__b-1'], { cwd })
  expect(missing).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'openswe: a__b-1 is not among the rows — an instance_id of them is wanted\n',
  })
})

test('--against takes files of benchmarks, and refuses one that it cannot read whole', async () => {
  write('pool.jsonl', `${first}\n${second}\n`)
  write('swe-bench.jsonl', `${second}\n`)
  const { stdout, stderr } = await openswe(['filter', 'pool.jsonl', '--against', 'swe-bench.jsonl'], { cwd })
  expect(stdout).toBe(`${first}\n`)
  expect(stderr).toStartWith('1 rows of swe-bench.jsonl will be kept out\n')
  write('bad.jsonl', `${second}\n{"instance_id": 7}\n`)
  const refused = await openswe(['filter', 'pool.jsonl', '--against', 'swe-bench.jsonl,bad.jsonl'], { cwd })
  expect({ exitCode: refused.exitCode, stdout: refused.stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(refused.stderr).toContain('openswe: --against bad.jsonl:2: "instance_id" is a number — must be a string')
})

test('--json prints broken rows and the funnel as lines', async () => {
  write('some.jsonl', `${first}\nnull\n`)
  const { stderr } = await openswe(['filter', 'some.jsonl', '--json'], { cwd })
  const [broken, done, ...rest] = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(broken).toMatchObject({ event: 'broken', file: 'some.jsonl', line: 2, code: 'E_JSON' })
  expect(done).toMatchObject({ event: 'done', rows: 2, broken: 1, kept: 1 })
  expect(done.stages[0]).toEqual({ rule: 'stars', dropped: 0, not_said: 0 })
  expect(rest).toEqual([])
})

test('every file that cannot be opened is named before any row is read', async () => {
  write('there.jsonl', `${first}\n`)
  const { exitCode, stdout, stderr } = await openswe(['filter', 'there.jsonl', 'a.jsonl', 'b.jsonl'], { cwd })
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toBe(
    'openswe: error[E_OPEN]: a.jsonl: no such file — give the path of a JSONL file\n' +
      'error[E_OPEN]: b.jsonl: no such file — give the path of a JSONL file\n',
  )
})

test('a folder for temporary files that is none, or full, is said with what mends it', async () => {
  const many = Array.from({ length: 2000 }, (_, number) => JSON.stringify(aRow({ patch: ownPatch(number) }, number)))
  write('large.jsonl', `${many.join('\n')}\n`)
  const { exitCode, stderr } = await openswe(['filter', 'large.jsonl'], { cwd, env: { TMPDIR: join(cwd, 'none') } })
  expect(exitCode).toBe(5)
  expect(stderr).toMatch(/^openswe: nothing can be set aside in .*none: .* — let TMPDIR name a folder with room\n$/)
})

test('the file of --dropped may not be one that is read', async () => {
  write('both.jsonl', `${first}\n`)
  const { exitCode, stderr } = await openswe(['filter', 'both.jsonl', '--dropped', './both.jsonl'], { cwd })
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: 'openswe: --dropped ./both.jsonl: the rows are read from it — name another file\n',
  })
  expect(readFileSync(join(cwd, 'both.jsonl'), 'utf8')).toBe(`${first}\n`)
})
