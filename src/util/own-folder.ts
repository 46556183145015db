import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pidNamespace, startedAtTicks } from './process-identity.ts'

/**
 * Makes a folder in the system's folder for temporary files that is found again by `sweepOwnFolders` where this process is
 * killed: its name says whose it is. The caller removes it.
 */
export async function makeOwnFolder(prefix: string): Promise<string> {
  const owner = [process.pid, await startedAtTicks(process.pid), await namespaceNumber()].join('.')
  return mkdtemp(join(tmpdir(), `${prefix}${owner}-`))
}

/** Removes folders of this prefix whose process is dead; those of another process namespace stay. */
export async function sweepOwnFolders(prefix: string): Promise<void> {
  const namespace = await namespaceNumber()
  for (const name of await readdir(tmpdir())) {
    const [, pid, ticks, itsNamespace] = name.startsWith(prefix)
      ? (/^(\d+)\.(\d+)\.(\d+)-\w{6}$/.exec(name.slice(prefix.length)) ?? [])
      : []
    if (pid === undefined || itsNamespace !== namespace || (await startedAtTicks(Number(pid))) === ticks) continue
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(unlessOthers)
  }
}

/** Somebody else's, whose files only they may remove. */
function unlessOthers(error: unknown): void {
  const isOthers = error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
  if (!isOthers) throw error
}

/** Of `pid:[4026531836]`. */
async function namespaceNumber(): Promise<string> {
  return /\d+/.exec(await pidNamespace())?.[0] ?? '0'
}
