import * as v from 'valibot'
import { askOptions, askRows, askRun, loadWords } from '../ask-run.ts'
import { command } from '../command.ts'
import { flag } from '../option-values.ts'

export const stop = command({
  options: [{ name: 'now', description: 'Give back what runs, in place of finishing it' }, ...askRows],
  examples: ['openswe stop', 'openswe stop --now --db runs/lite.db'],
  schema: v.object({ ...askOptions, now: flag }),
  run: (_words, { now, ...options }, terminal) =>
    askRun({ command: 'stop', isNow: now === true }, options, terminal, (done) => {
      const how = now === true ? 'what runs is given back' : 'what runs is finished, nothing new begins'
      return `stopping: ${how} (${loadWords(done)}); the command that began the run continues it later`
    }),
})
