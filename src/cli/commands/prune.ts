import * as v from 'valibot'
import { sweep } from '../../docker/prune.ts'
import { command } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { connectEngine } from '../machine.ts'
import { duration, flag } from '../option-values.ts'

const passing = ['eval', 'state', 'head'] as const

export const prune = command({
  options: [
    {
      name: 'older-than',
      value: 'TIME',
      description: 'Only what is older, such as 24h; leave it out when nothing runs',
    },
    { name: 'environments', description: 'The images of environments too, accepted ones included' },
    { name: 'all', description: 'Base images too: everything openswe ever made' },
  ],
  examples: ['openswe prune', 'openswe prune --older-than 24h --environments'],
  schema: v.object({ olderThan: v.optional(duration), environments: flag, all: flag }),
  async run(_words, { olderThan, environments, all }, terminal) {
    const kinds = [
      ...passing,
      ...(environments || all ? (['environment'] as const) : []),
      ...(all ? (['base'] as const) : []),
    ]
    const report = await sweep(connectEngine(), {
      kinds,
      ...(olderThan === undefined ? {} : { olderThanMs: olderThan }),
    })
    terminal.out(`${JSON.stringify(report)}\n`)
    return exitCodes.success
  },
})
