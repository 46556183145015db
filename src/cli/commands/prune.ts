import { existsSync } from 'node:fs'
import * as v from 'valibot'
import { removeWithCache } from '../../docker/build-cache.ts'
import { sweep } from '../../docker/prune.ts'
import { isBeingWritten } from '../../store/lock.ts'
import { acceptedImages } from '../../store/results.ts'
import { openStore } from '../../store/store.ts'
import { printable } from '../../util/printable.ts'
import { command } from '../command.ts'
import { database, databaseOption } from '../database-option.ts'
import { PreflightError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { connectEngine } from '../machine.ts'
import { duration, flag } from '../option-values.ts'

/** What stands on another image comes before it. */
const kindsInOrder = ['eval', 'state', 'environment', 'head', 'base'] as const

export const prune = command({
  options: [
    { name: 'older-than', value: 'TIME', description: 'Only what was made at least so long ago, such as 24h' },
    { name: 'environments', description: 'Images of environments too, but those that are accepted in the database' },
    { name: 'base', description: 'Base images too' },
    databaseOption,
  ],
  examples: ['openswe prune', 'openswe prune --environments --older-than 24h'],
  schema: v.object({ olderThan: v.optional(duration), environments: flag, base: flag, db: database }),
  async run(_words, { olderThan, environments, base, db }, terminal) {
    if (await isBeingWritten(db)) throw new PreflightError(`a run is in progress over ${db} — stop it, or wait for it`)
    const engine = connectEngine()
    const keep = existsSync(db) ? await acceptedIn(db) : new Set<string>()
    const kinds = kindsInOrder.filter((kind) => (kind === 'environment' ? environments : kind !== 'base' || base))
    const filter = { keep, ...(olderThan === undefined ? {} : { olderThanMs: olderThan }) }
    let containers = 0
    let images = 0
    await removeWithCache(engine, new AbortController().signal, async () => {
      for (const kind of kinds) {
        const swept = await sweep(engine, { ...filter, kinds: [kind] })
        containers += swept.containers
        images += swept.images
        for (const problem of swept.problems) terminal.err(`${printable(problem)}\n`)
      }
    })
    terminal.out(`${containers} containers and ${images} images removed\n`)
    return exitCodes.success
  },
})

async function acceptedIn(db: string): Promise<ReadonlySet<string>> {
  using store = await openStore(db, 'read')
  return acceptedImages(store)
}
