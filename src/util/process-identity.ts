import { readFile, readlink } from 'node:fs/promises'

/** Where `pid`s count, empty where that cannot be known. */
export async function pidNamespace(): Promise<string> {
  return readlink('/proc/self/ns/pid').catch(() => '')
}

/**
 * When a process was started, which with its id names it for good: the 22nd field of `/proc/<pid>/stat`, counted behind
 * the name in parentheses; `gone` where there is no such process, or only what its parent never asked for.
 */
export async function startedAtTicks(pid: number): Promise<string> {
  const stat = await readIfThere(`/proc/${pid}/stat`)
  if (stat === null) return isRunning(pid) ? 'running' : 'gone'
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? 'gone' : (fields[19] ?? 'gone')
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Null where there is no such file, or its process ended meanwhile. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return null
    throw error
  }
}
