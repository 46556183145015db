import { link, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pidNamespace, readIfThere, startedAtTicks } from './process-identity.ts'

/** Names one process for good: a process id alone is used again after a restart, or means another one in a container. */
interface Holder {
  readonly host: string
  /** The boot and the process namespace in which `pid` counts. */
  readonly boot: string
  readonly namespace: string
  readonly pid: number
  readonly startedAtTicks: string
}

const pollMs = 100
const released = 'released\n'

/**
 * Runs work while no other process that uses the same path does. The lock is a numbered file: the highest number
 * holds it, and is never deleted but by a higher one, so that taking over from a dead holder is creating the next
 * number, which one process alone can do. Only a holder that is proven dead is taken over from.
 */
export async function withLockFile<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const mine = await acquire(path, signal)
  try {
    return await work()
  } finally {
    await replace(mine, released)
  }
}

export type TriedLock =
  /** Ours until it is disposed of. */
  | { readonly kind: 'held'; readonly lock: AsyncDisposable }
  /** `holder` says which process has it; where that is gone, which cannot always be known, `file` is to be removed. */
  | { readonly kind: 'taken'; readonly holder: string; readonly file: string }

/** Takes the same lock where nobody has it, and does not wait for it. */
export async function tryLockFile(path: string): Promise<TriedLock> {
  const mine = await takeIfFree(path, JSON.stringify(await identity()))
  if (mine === null) {
    const file = `${path}.${(await numbers(path)).at(-1) ?? 1}`
    return { kind: 'taken', holder: await holderOf(file), file }
  }
  return { kind: 'held', lock: { [Symbol.asyncDispose]: () => replace(mine, released) } }
}

async function acquire(path: string, signal: AbortSignal): Promise<string> {
  const me = JSON.stringify(await identity())
  for (;;) {
    signal.throwIfAborted()
    const mine = await takeIfFree(path, me)
    if (mine !== null) return mine
    await sleep(pollMs, undefined, { signal })
  }
}

async function takeIfFree(path: string, me: string): Promise<string | null> {
  const highest = (await numbers(path)).at(-1) ?? 0
  if (highest !== 0 && !(await isFree(`${path}.${highest}`))) return null
  const mine = `${path}.${highest + 1}`
  return (await create(mine, me)) && (await isHighest(path, highest + 1)) ? mine : null
}

async function holderOf(file: string): Promise<string> {
  const content = await readIfThere(file)
  if (content === null || content === released) return 'another process'
  const { pid, host }: Holder = JSON.parse(content)
  return `process ${pid} on ${host}`
}

async function isHighest(path: string, mine: number): Promise<boolean> {
  const all = await numbers(path)
  const isMine = all.at(-1) === mine
  for (const number of all) if (isMine ? number < mine : number === mine) await rm(`${path}.${number}`, { force: true })
  return isMine
}

async function numbers(path: string): Promise<number[]> {
  const prefix = `${basename(path)}.`
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(prefix))
  const suffixes = names.map((name) => name.slice(prefix.length)).filter((suffix) => /^[1-9]\d*$/.test(suffix))
  return suffixes.map(Number).sort((a, b) => a - b)
}

/** False where the file exists already. The file appears with its content, never empty. */
async function create(path: string, content: string): Promise<boolean> {
  const draft = join(dirname(path), `.${basename(path)}-${crypto.randomUUID()}`)
  await writeFile(draft, content)
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft)
  }
}

async function replace(path: string, content: string): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}-${crypto.randomUUID()}`)
  await writeFile(draft, content)
  await rename(draft, path)
}

async function isFree(path: string): Promise<boolean> {
  const content = await readIfThere(path)
  if (content === null) return false
  return content === released || (await isDead(JSON.parse(content)))
}

async function isDead(holder: Holder): Promise<boolean> {
  const me = await identity()
  if (holder.host !== me.host) return false
  if (holder.boot !== me.boot) return true
  return holder.namespace === me.namespace && holder.startedAtTicks !== (await startedAtTicks(holder.pid))
}

async function identity(): Promise<Holder> {
  return {
    host: hostname(),
    boot: (await readIfThere('/proc/sys/kernel/random/boot_id')) ?? '',
    namespace: await pidNamespace(),
    pid: process.pid,
    startedAtTicks: await startedAtTicks(process.pid),
  }
}
