import * as v from 'valibot'
import { type SweepFilter, sweep } from '../../docker/prune.ts'
import { isBeingWritten } from '../../store/lock.ts'
import { command } from '../command.ts'
import { database, databaseOption } from '../database-option.ts'
import { PreflightError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { connectEngine } from '../machine.ts'
import { flag } from '../option-values.ts'

export const prune = command({
  options: [
    { name: 'environments', description: 'Images of environments too, accepted ones included' },
    { name: 'base', description: 'Base images too' },
    databaseOption,
  ],
  examples: ['openswe prune', 'openswe prune --environments'],
  schema: v.object({ environments: flag, base: flag, db: database }),
  async run(_words, { environments, base, db }, terminal) {
    if (await isBeingWritten(db)) throw new PreflightError(`a run goes on in ${db} — stop it, or wait for it`)
    const engine = connectEngine()
    const filters: SweepFilter[] = [{}]
    if (environments) filters.push({ kinds: ['environment'] })
    if (base) filters.push({ kinds: ['base'] })
    let containers = 0
    let images = 0
    for (const filter of filters) {
      const swept = await sweep(engine, filter)
      containers += swept.containers
      images += swept.images
    }
    terminal.out(`${containers} containers and ${images} images removed\n`)
    return exitCodes.success
  },
})
