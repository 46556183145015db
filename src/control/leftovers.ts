import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../docker/engine.ts'
import { sweep } from '../docker/prune.ts'
import { FaultError } from '../domain/fault.ts'
import { endRun, openRuns } from '../store/runs.ts'
import type { Store } from '../store/store.ts'

/**
 * Removes what runs of this database left when they were killed, found by their labels and their names. Images of
 * environments stay: an accepted one may be among them. Returns what could not be removed; the next call tries again.
 */
export async function sweepKilledRuns(store: Store, engine: Engine, workRoot: string): Promise<readonly string[]> {
  const problems: string[] = []
  for (const { run_id: runId, hosts } of openRuns(store)) {
    // What a fleet's nodes hold is theirs to end.
    if (hosts !== null) continue
    const found = await sweepRun(engine, runId, workRoot)
    if (found.length === 0) endRun(store, runId, 'killed', Date.now())
    problems.push(...found)
  }
  return problems
}

/**
 * Removes what one run has no more use for: its containers, its intermediate images, its scratch folder. Returns what
 * could not be removed.
 */
export async function sweepRun(engine: Engine, runId: string, workRoot: string): Promise<readonly string[]> {
  await rm(join(workRoot, runId), { recursive: true, force: true })
  try {
    return (await sweep(engine, { runId, kinds: ['eval', 'state', 'head'] })).problems
  } catch (error) {
    if (error instanceof FaultError) return [error.message]
    throw error
  }
}
