import type { Engine } from './engine.ts'

interface CacheRecord {
  readonly ID: string
  /** An image has it as a layer. */
  readonly Shared: boolean
  readonly InUse: boolean
}

/** Adding up what everything on an engine takes is slow where much is running. */
const listMs = 180_000
const pruneMs = 120_000
const idsAtOnce = 50

/**
 * Removes images by `remove`, and of the builder's cache what had been theirs: the cache keeps the files of an image that
 * is gone, and carries no labels. What another image still has, and what a build uses, stays.
 */
export async function removeWithCache<T>(engine: Engine, signal: AbortSignal, remove: () => Promise<T>): Promise<T> {
  const before = new Set((await cacheRecords(engine, signal)).filter(({ Shared }) => Shared).map(({ ID }) => ID))
  const result = await remove()
  const after = await cacheRecords(engine, signal)
  const orphans = after.filter(({ ID, Shared, InUse }) => before.has(ID) && !Shared && !InUse)
  await pruneRecords(
    engine,
    orphans.map(({ ID }) => ID),
    signal,
  )
  return result
}

/** Prunes what no build has used for this long, whoever made it; what an image has, or a build uses, stays. */
export async function pruneUnusedCache(engine: Engine, unusedForMs: number, signal: AbortSignal): Promise<void> {
  await prune(engine, { until: [`${Math.ceil(unusedForMs / 1000)}s`] }, signal)
}

/** Again while some go: a record that another one stands on goes after that. */
async function pruneRecords(engine: Engine, ids: readonly string[], signal: AbortSignal): Promise<void> {
  let left = ids
  for (let before = Number.POSITIVE_INFINITY; left.length > 0 && left.length < before; ) {
    before = left.length
    const gone = new Set<string>()
    for (let from = 0; from < left.length; from += idsAtOnce) {
      // Read as a regular expression, of which ids have none of the signs.
      const id = [left.slice(from, from + idsAtOnce).join('|')]
      for (const pruned of await prune(engine, { id }, signal)) gone.add(pruned)
    }
    left = left.filter((id) => !gone.has(id))
  }
}

/** The ids of what is gone. */
async function prune(engine: Engine, filters: object, signal: AbortSignal): Promise<readonly string[]> {
  const { CachesDeleted } = await engine.call<{ readonly CachesDeleted: readonly string[] | null }>({
    method: 'POST',
    path: '/build/prune',
    query: { filters: JSON.stringify(filters) },
    doing: "prune the builder's cache",
    timeoutMs: pruneMs,
    signal,
  })
  return CachesDeleted ?? []
}

async function cacheRecords(engine: Engine, signal: AbortSignal): Promise<readonly CacheRecord[]> {
  const { BuildCache } = await engine.call<{ readonly BuildCache: readonly CacheRecord[] | null }>({
    method: 'GET',
    path: '/system/df',
    // Heeded from API 1.42 on; earlier engines tell of everything.
    query: { type: 'build-cache' },
    doing: 'list what the builder keeps',
    timeoutMs: listMs,
    signal,
  })
  return BuildCache ?? []
}
