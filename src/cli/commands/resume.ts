import * as v from 'valibot'
import { askOptions, askRows, askRun, loadWords } from '../ask-run.ts'
import { command } from '../command.ts'

export const resume = command({
  options: askRows,
  examples: ['openswe resume', 'openswe resume --db runs/lite.db --json'],
  schema: v.object(askOptions),
  run: (_words, options, terminal) =>
    askRun({ command: 'resume' }, options, terminal, (done) => `resumed: ${loadWords(done)}`),
})
