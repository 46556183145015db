import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../docker/engine.ts'
import { sweep } from '../docker/prune.ts'
import { endRun, openRuns } from '../store/runs.ts'
import type { Store } from '../store/store.ts'

/**
 * Removes what runs of this database left when they were killed, found by their labels and their names. Images of
 * environments stay: an accepted one may be among them. Returns how many runs that were.
 */
export async function sweepKilledRuns(store: Store, engine: Engine, workRoot: string): Promise<number> {
  const killed = openRuns(store)
  for (const runId of killed) {
    await sweepRun(engine, runId, workRoot)
    endRun(store, runId, 'killed', Date.now())
  }
  return killed.length
}

/** Removes what one run has no more use for: its containers, its intermediate images, its scratch folder. */
export async function sweepRun(engine: Engine, runId: string, workRoot: string): Promise<void> {
  await sweep(engine, { runId, kinds: ['eval', 'state', 'head'] })
  await rm(join(workRoot, runId), { recursive: true, force: true })
}
