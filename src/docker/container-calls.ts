import { randomBytes } from 'node:crypto'
import { sha256 } from '../util/sha256.ts'
import { type Engine, statusOf } from './engine.ts'
import { labelKeys } from './labels.ts'

/** Unique, and found again by a person: `openswe-<run>-<instance>-<random>`. */
export function containerName(labels: Readonly<Record<string, string>>): string {
  const run = (labels[labelKeys.run] ?? 'none').replace(/[^a-zA-Z0-9_.-]/g, '').slice(0, 40)
  const instance = sha256(labels[labelKeys.instance] ?? '').slice(0, 12)
  return `openswe-${run}-${instance}-${randomBytes(6).toString('hex')}`
}

export async function createContainer(
  engine: Engine,
  name: string,
  config: object,
  signal?: AbortSignal,
): Promise<void> {
  await engine.call({
    method: 'POST',
    path: '/containers/create',
    query: { name },
    body: config,
    doing: 'create a container',
    ...(signal ? { signal } : {}),
  })
}

/** Under load the engine takes its time to start one. */
const startMs = 180_000
/** What the engine may take to end something. */
export const endMs = 60_000

export async function startContainer(engine: Engine, name: string, signal: AbortSignal): Promise<void> {
  await engine.call({
    method: 'POST',
    path: `/containers/${name}/start`,
    doing: 'start a container',
    timeoutMs: startMs,
    signal,
  })
}

/** Until its first process has ended; as long as that takes. */
export async function waitForContainer(engine: Engine, name: string, signal: AbortSignal): Promise<void> {
  await engine.call({
    method: 'POST',
    path: `/containers/${name}/wait`,
    doing: 'wait for a container',
    timeoutMs: Number.POSITIVE_INFINITY,
    signal,
  })
}

/** Ends all its processes at once; one that has ended is fine. */
export async function killContainer(engine: Engine, name: string): Promise<void> {
  try {
    await engine.call({ method: 'POST', path: `/containers/${name}/kill`, doing: 'kill a container', timeoutMs: endMs })
  } catch (error) {
    if (statusOf(error) !== 409) throw error
  }
}

/** Unpacks a tar at the root of a container, running or not. */
export async function putFiles(engine: Engine, name: string, tar: Uint8Array, signal: AbortSignal): Promise<void> {
  await engine.call({
    method: 'PUT',
    path: `/containers/${name}/archive`,
    query: { path: '/' },
    upload: Buffer.from(tar),
    doing: 'put files into a container',
    timeoutMs: startMs,
    signal,
  })
}

/**
 * Makes a container once one is admitted, works with it by its name, and removes it, however the work ends. Of two
 * errors the first is thrown: what could not be removed is found by its labels later. The signal waits for the container
 * to be made, since the engine would go on to make it after it was removed in vain.
 */
export async function withContainer<T>(
  engine: Engine,
  container: {
    readonly labels: Readonly<Record<string, string>>
    readonly config: object
    readonly signal: AbortSignal
  },
  work: (name: string) => Promise<T>,
): Promise<T> {
  const name = containerName(container.labels)
  const labels = { ...container.labels, [labelKeys.kind]: 'eval' }
  let result: T
  await engine.admit(container.signal)
  try {
    await createContainer(engine, name, { ...container.config, Labels: labels })
    container.signal.throwIfAborted()
    result = await work(name)
  } catch (error) {
    await removeContainer(engine, name).catch(() => undefined)
    throw error
  }
  await removeContainer(engine, name)
  return result
}

/** Ends and removes a container whatever its state; one that is gone, or on its way, is fine. */
export async function removeContainer(engine: Engine, name: string): Promise<void> {
  try {
    await engine.call({
      method: 'DELETE',
      path: `/containers/${name}`,
      query: { force: '1', v: '1' },
      doing: `remove the container ${name}`,
      timeoutMs: endMs,
    })
  } catch (error) {
    const status = statusOf(error)
    if (status !== 404 && status !== 409) throw error
  }
}
