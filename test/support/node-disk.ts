import { join } from 'node:path'
import { mustRun } from './must-run.ts'

export interface NodeDiskOptions {
  /** The work folder is a disk of its own of this size, as `200M`. */
  readonly workDisk?: string
  /** No program can be run from the work folder. */
  readonly noexec?: boolean
}

/** Makes the disk's image in the node's folder, where it outlives the machine. */
export async function makeWorkDisk(folder: string, { workDisk }: NodeDiskOptions): Promise<void> {
  if (workDisk === undefined) return
  const image = imageOf(folder)
  await mustRun(['truncate', `--size=${workDisk}`, image])
  // None of it for root alone, which tests are.
  await mustRun(['mkfs.ext4', '-q', '-m', '0', image])
}

/** What a machine does at its start for a work folder as asked for. */
export function mountWorkFolder(folder: string, workFolder: string, { workDisk, noexec }: NodeDiskOptions): string {
  if (workDisk !== undefined) return `mount -o loop${noexec ? ',noexec' : ''} ${imageOf(folder)} ${workFolder}`
  if (!noexec) return ':'
  return `mount --bind ${workFolder} ${workFolder}\nmount -o remount,bind,noexec ${workFolder}`
}

const imageOf = (folder: string) => join(folder, 'work.ext4')
