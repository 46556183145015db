import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** The one path of a database, whatever links lead to it. Neither it nor its folder need be there. */
export function databasePath(path: string): string {
  const file = resolve(path)
  return real(file) ?? join(real(dirname(file)) ?? dirname(file), basename(file))
}

function real(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null // what is wrong with it is said by who opens it
  }
}
