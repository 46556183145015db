import { type DiskRoom, diskRoom, engineDisk } from '../docker/disk.ts'
import type { Engine } from '../docker/engine.ts'
import { FaultError } from '../domain/fault.ts'
import type { NodeFacts } from '../domain/node-facts.ts'
import { nearestFolder } from '../util/nearest-folder.ts'
import { machineFacts } from './machine-facts.ts'
import type { MeasuredFacts } from './shortage.ts'

export interface Measurement {
  readonly facts: MeasuredFacts
  /** Null where the disk that the engine writes to cannot be seen from here. */
  readonly disk: DiskRoom | null
}

/** What a node has now. The work folder need not be there yet. */
export async function measure(
  engine: Engine,
  engineState: NodeFacts['engine'],
  workFolder: string,
): Promise<Measurement> {
  const [machine, seen, work] = await Promise.all([
    machineFacts(),
    visibleDisk(engine),
    diskRoom(nearestFolder(workFolder)),
  ])
  if (work === null) throw new Error(`${workFolder} cannot be looked at`)
  const disk = seen ?? work
  const facts = {
    ...machine,
    diskBytes: disk.totalBytes,
    freeDiskBytes: disk.freeBytes,
    freeInodeShare: disk.freeInodeShare,
    freeWorkBytes: work.freeBytes,
    engine: engineState,
  }
  return { facts, disk: seen }
}

/** An engine that was asked once need not answer any more. */
async function visibleDisk(engine: Engine): Promise<DiskRoom | null> {
  try {
    return await engineDisk(engine)
  } catch (error) {
    if (error instanceof FaultError) return null
    throw error
  }
}
