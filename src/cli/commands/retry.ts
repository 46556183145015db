import * as v from 'valibot'
import { askOptions, askRows, askRun, loadWords } from '../ask-run.ts'
import { command } from '../command.ts'

export const retry = command({
  options: askRows,
  examples: ['openswe retry django__django-11001', 'openswe retry django__django-11001 --db runs/lite.db --json'],
  schema: v.object(askOptions),
  run: ([instance_id = ''], options, terminal) =>
    askRun(
      { command: 'retry', instance_id },
      options,
      terminal,
      (done) => `${instance_id} waits for its turn again: ${loadWords(done)}`,
    ),
})
