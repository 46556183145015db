import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './must-run.ts'

/** Without one no node has a wall clock of its own. */
export const hasCompiler = Bun.which('cc') !== null

/** Makes what moves the time of day of a program, and returns the environment that a program needs for it. */
export async function makeWallClock(folder: string): Promise<readonly string[]> {
  const library = join(folder, 'wall-clock.so')
  await mustRun(['cc', '-shared', '-fPIC', '-o', library, join(import.meta.dir, 'wall-clock.c'), '-ldl'])
  await shiftWallClock(folder, 0)
  return [`LD_PRELOAD=${library}`, `WALL_CLOCK_SHIFT=${shiftOf(folder)}`]
}

/** From now on, for whatever of it runs already too. */
export async function shiftWallClock(folder: string, seconds: number): Promise<void> {
  // Never made anew: whoever runs has it mapped.
  await using file = await open(shiftOf(folder), constants.O_RDWR | constants.O_CREAT)
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(seconds))
  await file.write(bytes, 0, 8, 0)
}

const shiftOf = (folder: string) => join(folder, 'wall-clock-shift')
