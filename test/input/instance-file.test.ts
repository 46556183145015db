import { describe, expect, test } from 'bun:test'
import { instancesOf, problemsOf, readAll, readFile, row } from './read-input.ts'

const two = `${row()}\n${row({ instance_id: 'own__repo-2' })}\n`

describe('what a file may be', () => {
  test.each([
    ['plain', Buffer.from(two)],
    ['gzip', Bun.gzipSync(two)],
    ['gzip in two members', Buffer.concat([Bun.gzipSync(two.slice(0, 50)), Bun.gzipSync(two.slice(50))])],
    ['zstd', Bun.zstdCompressSync(two)],
    ['with a byte order mark', Buffer.from(`\ufeff${two}`)],
    ['with CRLF line ends', Buffer.from(two.replaceAll('\n', '\r\n'))],
    ['without a last line feed', Buffer.from(two.trimEnd())],
    ['with blank lines', Buffer.from(`\n \n${two.replace('\n', '\n\t\r\n\n')}`)],
  ])('%s', async (_, content) => {
    const rows = await readAll(content)
    expect(rows.map((found) => found.kind === 'instance' && found.instance.instance_id)).toEqual([
      'own__repo-1',
      'own__repo-2',
    ])
  })

  test.each([
    ['E_FORMAT', 'is a zip archive', Buffer.from('PK\x03\x04xx')],
    ['E_FORMAT', 'is a Parquet table', Buffer.from('PAR1xxxx')],
    ['E_FORMAT', 'cannot be read further', Buffer.from(Bun.gzipSync(two)).fill(0xff, 20)],
    ['E_ENCODING', 'UTF-16LE', Buffer.from(`\ufeff${two}`, 'utf16le')],
    ['E_ENCODING', 'UTF-16LE', Buffer.from(two, 'utf16le')],
    ['E_ENCODING', 'UTF-16BE', Buffer.from(`\ufeff${two}`, 'utf16le').swap16()],
    ['E_JSONL_ARRAY', 'is one JSON array', Buffer.from(`[\n${row()}\n]`)],
    ['E_EMPTY', 'holds no instance', Buffer.from(' \n\n')],
  ])('%s says once that the file %s', async (code, what, content) => {
    const problems = await problemsOf(content)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toStartWith(`error[${code}]: tasks.jsonl: `)
    expect(problems[0]).toContain(what)
  })

  test('a file that is not there, and a directory', async () => {
    expect(await readFile(`${import.meta.path}x`)).toEqual([
      {
        kind: 'problem',
        severity: 'error',
        line: 0,
        code: 'E_OPEN',
        message: 'no such file — give the path of a JSONL file',
      },
    ])
    expect(await readFile(import.meta.dir)).toMatchObject([{ code: 'E_OPEN', line: 0 }])
  })
})

describe('a bad row is named by its line, and the rows after it are read', () => {
  test.each([
    ['E_JSON', '{"a": 1', 'unexpected end'],
    ['E_JSON', '{"a": "1\\"', 'unexpected end'],
    ['E_JSON', `${row({ instance_id: 'x' })},`, 'comma after the object'],
    ['E_JSON', 'instance_id,repo', 'JSON Parse error'],
    ['E_JSON', '"text"', 'is a string'],
    ['E_JSON', 'null', 'is null'],
    ['E_JSON', '[1]', 'is a list'],
    ['E_JSON_DEPTH', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'nested 10001 deep, limit 200'],
    ['E_JSON_DEPTH', `{"a":${'['.repeat(1_000_000)}`, 'nested 1000001 deep'],
    ['E_TASK_FIELD', '{}', '"instance_id" is missing'],
  ])('%s for %.20s', async (code, bad, what) => {
    const rows = await readAll(`${row()}\n${bad}\n${row({ instance_id: 'own__repo-2' })}\n`)
    const [first, problem, ...rest] = rows
    expect(first?.kind).toBe('instance')
    expect(problem).toMatchObject({ kind: 'problem', severity: 'error', line: 2, code })
    expect(problem?.kind === 'problem' && problem.message).toContain(what)
    expect(rest.at(-1)).toMatchObject({ kind: 'instance', line: 3 })
  })

  test('brackets and escaped quotes in strings do not count as nesting', async () => {
    expect(await instancesOf(row({ problem_statement: `\\"${'[{'.repeat(500)}\\\\` }))).toHaveLength(1)
  })

  test('a byte that is not UTF-8 is named with its column', async () => {
    const line = Buffer.from(row())
    const bad = Buffer.concat([line.subarray(0, 119), Buffer.from([0xff]), line.subarray(119)])
    expect(await problemsOf(Buffer.concat([bad, Buffer.from(`\n${row()}`)]))).toEqual([
      'error[E_UTF8]: tasks.jsonl:1: byte 0xFF at column 120 is not UTF-8 — write the file as UTF-8',
    ])
  })

  test('a line over 64 MiB is counted, left out, and never held', async () => {
    const long = Buffer.alloc(70.5 * 1024 * 1024, 'x')
    const packed = Buffer.concat([long, Buffer.from(`\n${row()}\n`)].map((part) => Bun.zstdCompressSync(part)))
    const [problem, instance] = await readAll(packed)
    expect(problem).toMatchObject({ line: 1, code: 'E_LINE_LONG' })
    expect(problem?.kind === 'problem' && problem.message).toBe('line is 71 MiB, limit 64 MiB — leave the instance out')
    expect(instance).toMatchObject({ kind: 'instance', line: 2 })
  })
})

describe('rows that share an instance_id', () => {
  test('with the same content: one is kept, with a warning', async () => {
    const again = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(row())).reverse()))
    const rows = await readAll(`${row()}\n\n${again}\n`)
    expect(rows).toHaveLength(2)
    expect(rows[1]).toEqual({
      kind: 'problem',
      severity: 'warning',
      line: 3,
      instance_id: 'own__repo-1',
      code: 'E_TASK_DUP',
      message: '"own__repo-1" is on line 1 already, with the same content — one is kept; remove the other',
    })
  })

  test('with other content: both lines and the fields that differ are named', async () => {
    const other = row({ repo: 'own/other', version: '2' })
    expect(await problemsOf(`${row()}\n${row({ instance_id: 'b' })}\n${other}\n`)).toEqual([
      'error[E_TASK_DUP]: tasks.jsonl:3: "own__repo-1" on lines 1 and 3 differ in "repo", "version" — the first is used; remove one',
    ])
  })

  test('but for case: they would share one path', async () => {
    expect(await problemsOf(`${row({ instance_id: 'A__b-1' })}\n${row({ instance_id: 'a__B-1' })}\n`)).toEqual([
      'error[E_TASK_DUP_FOLD]: tasks.jsonl:2: "a__B-1" and "A__b-1" (line 1) differ in case only and would share one path — rename one',
    ])
  })

  test('are found among thousands, while a broken row takes no id', async () => {
    const lines = Array.from({ length: 3000 }, (_, index) => row({ instance_id: `id-${index}` }))
    const broken = row({ instance_id: 'id-late', repo: 'x' })
    const text = [...lines, broken, row({ instance_id: 'id-late' }), row({ instance_id: 'id-77', version: '1' })].join(
      '\n',
    )
    expect((await problemsOf(text)).map((problem) => problem.split(' — ')[0])).toEqual([
      'error[E_REPO]: tasks.jsonl:3001: "repo" is "x"',
      'error[E_TASK_DUP]: tasks.jsonl:3003: "id-77" on lines 78 and 3003 differ in "version"',
    ])
    expect(await instancesOf(text)).toHaveLength(3001)
  })
})
