import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProcess } from '../../src/util/process.ts'
import { byTurns } from './by-turns.ts'
import { compile } from './compile.ts'
import type { Figure, Result } from './figure.ts'

const rounds = 41

/** What our binary's start costs over that of any compiled Bun program. */
export async function binaryStart(signal: AbortSignal): Promise<readonly Result[]> {
  await using undo = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'openswe-bench-'))
  undo.defer(() => rm(dir, { recursive: true }))
  const [openswe, empty, entry] = [join(dir, 'openswe'), join(dir, 'empty'), join(dir, 'empty.ts')]
  await Bun.write(entry, 'export {}\n')
  const exec = async (argv: readonly string[]) => {
    const ended = await runProcess(argv, { env: {}, signal })
    if (ended.exitCode !== 0) throw new Error(`${argv.join(' ')}: ${ended.stderr}`)
  }
  await compile('src/main.ts', openswe, signal)
  await compile(entry, empty, signal)
  const start = async (word: string): Promise<Figure> => {
    const times = await byTurns(
      rounds,
      () => exec([openswe, word]),
      () => exec([empty]),
    )
    return {
      kind: 'figure',
      unit: 'ms',
      measured: { of: `openswe ${word}`, values: times.measured },
      floor: { of: 'an empty program, compiled the same way', values: times.floor },
      goal: { of: 'difference', atMost: 10 },
    }
  }
  return [await start('--version'), await start('--help')]
}
