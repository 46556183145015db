import * as v from 'valibot'
import dashboard from '../../control/metrics/grafana.json' with { type: 'json' }
import { command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'

export const metrics = command({
  options: [],
  examples: ['openswe metrics dashboard > openswe-dashboard.json', 'openswe run tasks.jsonl --metrics 9464'],
  schema: v.object({}),
  run([what = ''], _options, terminal) {
    if (what !== 'dashboard') throw new UsageError(`unknown word \`${what}\` — \`dashboard\` is what there is`)
    terminal.out(`${JSON.stringify(dashboard, null, 2)}\n`)
    return Promise.resolve(exitCodes.success)
  },
})
