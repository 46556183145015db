import { chmod, lstat, lutimes, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Zip archives, and so wheels, know no earlier year than 1980. */
const earliestMs = Date.UTC(1980, 0, 2)

/** Gives everything in a directory, and itself, one time and the modes 0755 and 0644, whatever the umask was. */
export async function settleTimesAndModes(path: string, timeMs: number): Promise<void> {
  const seconds = Math.max(timeMs, earliestMs) / 1000
  const stats = await lstat(path)
  if (stats.isDirectory()) {
    for (const name of await readdir(path)) await settleTimesAndModes(join(path, name), timeMs)
  }
  if (!stats.isSymbolicLink()) await chmod(path, stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644)
  await lutimes(path, seconds, seconds)
}
