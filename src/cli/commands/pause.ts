import * as v from 'valibot'
import { askOptions, askRows, askRun, loadWords } from '../ask-run.ts'
import { command } from '../command.ts'

export const pause = command({
  options: askRows,
  examples: ['openswe pause', 'openswe pause --db runs/lite.db --json'],
  schema: v.object(askOptions),
  run: (_words, options, terminal) =>
    askRun(
      { command: 'pause' },
      options,
      terminal,
      (done) => `paused: what runs is finished, nothing new begins (${loadWords(done)}) until \`openswe resume\``,
    ),
})
