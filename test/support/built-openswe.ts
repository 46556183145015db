import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './must-run.ts'

const root = join(import.meta.dir, '../..')
const binary = join(root, 'dist/openswe')

/** The binary that users have, built anew where a source is newer. */
export async function builtOpenswe(): Promise<string> {
  const builtAtMs = await changedAtMs(binary)
  const sources = new Bun.Glob('{src,tui,prompts,base-images}/**/*').scan({ cwd: root, absolute: true })
  const changes = [changedAtMs(join(root, 'package.json')), changedAtMs(join(root, 'bun.lock'))]
  for await (const source of sources) changes.push(changedAtMs(source))
  const newestMs = Math.max(...(await Promise.all(changes)))
  if (newestMs > builtAtMs) await mustRun([process.execPath, join(root, 'tools/build.ts')])
  return binary
}

async function changedAtMs(path: string): Promise<number> {
  return await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
}
