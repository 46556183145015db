import * as v from 'valibot'
import { type Check, examine } from '../../control/doctor.ts'
import { printable } from '../../util/printable.ts'
import { checkColours } from '../colour.ts'
import { command } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { connectEngine, defaultCacheDir } from '../machine.ts'
import { flag } from '../options/values.ts'
import { colouredTable, type TableRow } from '../table.ts'

export const doctor = command({
  options: [{ name: 'json', description: 'Print one JSON object a check' }],
  examples: ['openswe doctor', 'openswe doctor --json'],
  schema: v.object({ json: flag }),
  async run(_words, { json }, terminal) {
    const { checks } = await examine(connectEngine(), defaultCacheDir())
    if (json) for (const check of checks) terminal.out(`${JSON.stringify(check)}\n`)
    else terminal.out(colouredTable(terminal, checks.flatMap(rowsOf)))
    return checks.some((check) => check.state === 'missing') ? exitCodes.preflight : exitCodes.success
  },
})

function rowsOf({ state, name, found, fix }: Check): TableRow[] {
  const colour = checkColours[state]
  const row = { cells: [state, name, printable(found)], colour }
  return fix === undefined ? [row] : [row, { cells: ['', '', `→ ${fix}`], colour }]
}
