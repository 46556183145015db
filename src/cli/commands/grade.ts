import { command } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { gradeFile } from '../grade/grade-file.ts'
import { gradeOptionRows, gradeOptionSchema } from '../options/grade.ts'
import { takeStopSignals } from '../stop-signals.ts'

export const grade = command({
  options: gradeOptionRows,
  examples: [
    'openswe grade predictions.jsonl',
    'openswe grade preds.json --instances swe-bench-lite.jsonl --out results --slots 8',
    'openswe grade gold',
    'openswe grade empty --json',
  ],
  schema: gradeOptionSchema,
  async run([file = ''], values, terminal) {
    using signals = takeStopSignals(() => terminal.err('\nstopping: what is graded is kept\n'))
    const signal = AbortSignal.any([signals.first, signals.second, terminal.closed])
    try {
      return await gradeFile(file, values, terminal, signal)
    } catch (error) {
      if (!signal.aborted) throw error
      return terminal.closed.aborted ? exitCodes.pipeClosed : signals.exitCode()
    }
  },
})
