import * as v from 'valibot'
import { askOptions, askRows, askRun, nodeLines } from '../ask-run.ts'
import { command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { wholeNumber } from '../options/values.ts'

const slotCount = wholeNumber(1, 256)

export const slots = command({
  options: askRows,
  examples: ['openswe slots node07 12', 'openswe slots "$(hostname)" 2 --json'],
  schema: v.object(askOptions),
  async run([node = '', typed = ''], options, terminal) {
    const count = v.safeParse(slotCount, typed)
    if (!count.success) throw new UsageError(`slots: ${count.issues[0].message}`)
    const request = { command: 'slots', node, slots: count.output } as const
    return await askRun(request, options, terminal, (done) =>
      nodeLines(done, [node], (now) => `${now.slots} at a time, ${now.running} run`),
    )
  },
})
