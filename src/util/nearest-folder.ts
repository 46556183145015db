import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

/** The folder itself, or the nearest above it that is there: it is on the disk where the folder would be made. */
export function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(dirname(folder))
}
