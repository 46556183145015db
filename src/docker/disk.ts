import { statfs } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEnd } from '../domain/eval-run.ts'
import { FaultError } from '../domain/fault.ts'
import type { Engine } from './engine.ts'

/** Looking takes the engine time, for it walks what was written: a tenth of its time, between these pauses. */
const shortestPauseMs = 2000
const longestPauseMs = 15_000
/** What must stay free on the engine's disk. Below it nothing that fails says anything about an instance. */
const reserveBytes = 256 * 1024 * 1024
const reserveFiles = 10_000

/** Resolves when a container has written too much; otherwise not before the signal aborts, and then never. */
export async function watchDisk(
  engine: Engine,
  container: string,
  limitBytes: number,
  signal: AbortSignal,
): Promise<RunEnd> {
  let pauseMs = shortestPauseMs
  for (;;) {
    try {
      await sleep(pauseMs, undefined, { signal })
      const beganMs = performance.now()
      const writtenBytes = await sizeOf(engine, container, signal)
      if (writtenBytes > limitBytes) return { kind: 'disk-limit', limitBytes }
      await requireRoom(engine)
      pauseMs = Math.min(longestPauseMs, Math.max(shortestPauseMs, 9 * (performance.now() - beganMs)))
    } catch (error) {
      if (signal.aborted) return new Promise(() => undefined)
      throw error
    }
  }
}

/** What a file system has. */
export interface DiskRoom {
  readonly totalBytes: number
  readonly freeBytes: number
  /** Of 1; 1 where there is no bound on them. */
  readonly freeInodeShare: number
}

/** Of the disk that the engine writes to; null where that cannot be seen from here. */
export async function engineDisk(engine: Engine): Promise<DiskRoom | null> {
  return diskRoom((await engine.facts()).dataRoot)
}

/** Of the disk that a folder is on; null where there is no such folder. */
export async function diskRoom(folder: string): Promise<DiskRoom | null> {
  const disk = await statfs(folder).catch(() => null)
  if (disk === null) return null
  const { bsize, blocks, bavail, files, ffree } = disk
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, freeInodeShare: files === 0 ? 1 : ffree / files }
}

/** Throws FaultError('disk-full') where the engine's disk is on this machine and has next to no room left. */
export async function requireRoom(engine: Engine): Promise<void> {
  const { dataRoot } = await engine.facts()
  const disk = await statfs(dataRoot).catch(() => null)
  if (disk === null) return
  const isFull = disk.bavail * disk.bsize < reserveBytes || (disk.files > 0 && disk.ffree < reserveFiles)
  if (isFull)
    throw new FaultError('disk-full', `${dataRoot} has no room left — free some, for instance by openswe prune`)
}

async function sizeOf(engine: Engine, container: string, signal: AbortSignal): Promise<number> {
  const { SizeRw } = await engine.call<{ readonly SizeRw?: number }>({
    method: 'GET',
    path: `/containers/${container}/json`,
    query: { size: '1' },
    doing: "measure a container's disk",
    signal,
  })
  return SizeRw ?? 0
}
