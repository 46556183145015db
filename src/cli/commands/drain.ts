import * as v from 'valibot'
import { askOptions, askRows, askRun, nodeLines } from '../ask-run.ts'
import { command } from '../command.ts'
import { flag } from '../options/values.ts'

export const drain = command({
  options: [{ name: 'undo', description: 'Let them take instances again' }, ...askRows],
  examples: [
    'openswe drain node07',
    'openswe drain node07 node08 --undo',
    'openswe drain node07 --db runs/lite.db --json',
  ],
  schema: v.object({ ...askOptions, undo: flag }),
  run: (nodes, { undo, ...options }, terminal) =>
    askRun({ command: 'drain', nodes: [...new Set(nodes)], isUndone: undo === true }, options, terminal, (done) =>
      nodeLines(done, nodes, ({ state, running }) =>
        state === 'draining' ? `draining, ${running} run to their end` : `${state}, ${running} run`,
      ),
    ),
})
