import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress } from 'node:zlib'
import { runProcess } from '../../src/util/process.ts'
import { TestRepository } from '../support/git-repository.ts'
import { compile } from './compile.ts'
import type { Result } from './figure.ts'

const rounds = 3
const rowCount = 100_000
/** What a row of SWE-bench Lite has on average. */
const rowBytes = 8_800

/** What control holds in memory once a large file is taken in, queued and looked at. */
export async function intakeMemory(signal: AbortSignal): Promise<readonly Result[]> {
  await using undo = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'openswe-bench-'))
  undo.defer(() => rm(dir, { recursive: true }))
  const [child, many, one] = [join(dir, 'child'), join(dir, 'many.jsonl.zst'), join(dir, 'one.jsonl.zst')]
  await compile('test/bench/intake-child.ts', child, signal)
  await writeRows(many, rowCount)
  await writeRows(one, 1)
  const measured: number[] = []
  const floor: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    measured.push(await peakMegabytes([child, many, join(dir, `many-${round}.db`)], rowCount, signal))
    floor.push(await peakMegabytes([child, one, join(dir, `one-${round}.db`)], 1, signal))
  }
  return [
    {
      kind: 'figure',
      unit: 'MB',
      measured: {
        of: `peak memory of a process that takes in ${rowCount} rows of ${rowBytes} bytes`,
        values: measured,
      },
      floor: { of: 'the same process on one row', values: floor },
      goal: { of: 'measured', atMost: 200 },
    },
  ]
}

async function peakMegabytes(argv: readonly string[], count: number, signal: AbortSignal): Promise<number> {
  const ended = await runProcess(argv, { env: {}, signal })
  if (ended.exitCode !== 0) throw new Error(`${argv.join(' ')}: ${ended.stderr}`)
  const said = JSON.parse(new TextDecoder().decode(ended.stdout)) as { queued: number; peakBytes: number }
  if (said.queued !== count) throw new Error(`${said.queued} of ${count} rows were queued`)
  return said.peakBytes / 1e6
}

async function writeRows(path: string, count: number): Promise<void> {
  await using repository = await TestRepository.create()
  const base_commit = repository.commit({ 'part.py': 'value = 1\n', 'tests/test_part.py': '' })
  const fixed = repository.commit({ 'part.py': `value = 2\n${'# why\n'.repeat(200)}` })
  const tested = repository.commit({ 'tests/test_part.py': 'def test_value():\n    pass\n'.repeat(60) })
  const patches = { patch: repository.diff(base_commit, fixed), test_patch: repository.diff(fixed, tested) }
  const row = { repo: 'openswe/bench', base_commit, ...patches, created_at: '2024-06-01T00:00:00Z' }
  const statementBytes = rowBytes - JSON.stringify(row).length - 80
  const lines = function* () {
    for (let number = 1; number <= count; number += 1) {
      const problem_statement = `Case ${number} gives the wrong value. `.repeat(400).slice(0, statementBytes)
      yield `${JSON.stringify({ instance_id: `openswe__bench-${number}`, ...row, problem_statement })}\n`
    }
  }
  await pipeline(Readable.from(lines()), createZstdCompress(), createWriteStream(path))
}
