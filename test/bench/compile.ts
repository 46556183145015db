import { join } from 'node:path'
import { runProcess } from '../../src/util/process.ts'

const root = join(import.meta.dir, '../..')

/** Compiles an entry as the binary that users get is compiled. */
export async function compile(entry: string, outfile: string, signal: AbortSignal): Promise<void> {
  const argv = [process.execPath, 'tools/build.ts', '--entry', entry, '--outfile', outfile]
  const ended = await runProcess(argv, { cwd: root, env: { PATH: process.env.PATH ?? '' }, signal })
  if (ended.exitCode !== 0) throw new Error(`${argv.join(' ')}: ${ended.stderr}`)
}
