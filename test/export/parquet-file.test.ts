import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { ParquetFile } from '../../src/export/parquet-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'openswe-parquet-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Row = Readonly<Record<string, unknown>>

const compressors = { ZSTD: (bytes: Uint8Array) => Bun.zstdDecompressSync(bytes) }

async function writtenAndRead(name: string, rows: readonly Row[]): Promise<Row[]> {
  const path = join(folder, name)
  await using file = await ParquetFile.create(path)
  for (const row of rows) await file.write(row)
  await file.finish(file.type)
  return await parquetReadObjects({ file: await Bun.file(path).arrayBuffer(), compressors })
}

test('nested lists and records come back as they were, and what a row lacks as null', async () => {
  const rows = [
    {
      id: 'a',
      messages: [
        { role: 'user', content: 'x\u2028😀' },
        { role: 'assistant', calls: [{ n: 1 }, { n: 2.5 }] },
      ],
    },
    { id: 'b', messages: [], isLate: true },
  ]
  expect(await writtenAndRead('nested.parquet', rows)).toEqual([
    {
      id: 'a',
      isLate: null,
      messages: [
        { role: 'user', content: 'x\u2028😀' },
        { role: 'assistant', content: null, calls: [{ n: 1 }, { n: 2.5 }] },
      ],
    },
    { id: 'b', isLate: true, messages: [] },
  ])
})

test('values that no column can hold are JSON in a text', async () => {
  const rows = [{ any: 'text', empty: {} }, { any: { a: [1] }, empty: {} }, { any: 3 }, { any: null }]
  expect(await writtenAndRead('mixed.parquet', rows)).toEqual([
    { any: '"text"', empty: '{}' },
    { any: '{"a":[1]}', empty: '{}' },
    { any: '3', empty: null },
    { any: null, empty: null },
  ])
})

test('tens of thousands of rows are read in their order, over several groups', async () => {
  const count = 20_000
  const rows = Array.from({ length: count }, (_, index) => ({ index, text: `${index} ${'x'.repeat(1000)}` }))
  const read = await writtenAndRead('many.parquet', rows)
  expect(read.length).toBe(count)
  expect(read.every((row, index) => row.index === index && row.text === rows[index]?.text)).toBe(true)
})

test('the rows that waited are gone, whether the file was finished or not', async () => {
  {
    await using file = await ParquetFile.create(join(folder, 'open.parquet'))
    await file.write({ a: 1 })
  }
  expect(readdirSync(folder).filter((name) => name.includes('open') || name.endsWith('.rows'))).toEqual([])
})
