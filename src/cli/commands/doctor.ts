import * as v from 'valibot'
import { type Check, examine } from '../../control/doctor.ts'
import { printable } from '../../util/printable.ts'
import { checkColours, inColour } from '../colour.ts'
import { command } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { connectEngine, defaultCacheDir } from '../machine.ts'
import { flag } from '../options/values.ts'
import { table } from '../table.ts'

export const doctor = command({
  options: [{ name: 'json', description: 'Print one JSON object a check' }],
  examples: ['openswe doctor', 'openswe doctor --json'],
  schema: v.object({ json: flag }),
  async run(_words, { json }, terminal) {
    const { checks } = await examine(connectEngine(), defaultCacheDir())
    if (json) for (const check of checks) terminal.out(`${JSON.stringify(check)}\n`)
    else {
      const lines = table(checks.flatMap(rowsOf)).split('\n')
      const states = checks.flatMap((check) => rowsOf(check).map(() => check.state))
      terminal.out(lines.map((line, index) => coloured(line, states[index])).join('\n'))
    }
    return checks.some((check) => check.state === 'missing') ? exitCodes.preflight : exitCodes.success

    function coloured(line: string, state: Check['state'] | undefined): string {
      return state === undefined ? line : inColour(terminal, checkColours[state], line)
    }
  },
})

function rowsOf(check: Check): string[][] {
  const row = [check.state, check.name, printable(check.found)]
  return check.fix === undefined ? [row] : [row, ['', '', `→ ${check.fix}`]]
}
