import * as v from 'valibot'
import { candidateLine } from '../../collect/candidate.ts'
import { type CollectOutput, openOutput } from '../../collect/collect-output.ts'
import { GitHubAccessError } from '../../github/trouble.ts'
import { printable } from '../../util/printable.ts'
import { CollectProgress } from '../collect/progress.ts'
import { type CollectSource, gitHubSource, gitSource } from '../collect/source.ts'
import { command } from '../command.ts'
import { PreflightError, UsageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { type CollectFlags, collectOptionRows, collectOptions } from '../options/collect.ts'
import { takeStopSignals } from '../stop-signals.ts'
import type { Terminal } from '../terminal.ts'

export const collect = command({
  options: collectOptionRows,
  examples: [
    'openswe collect octocat/hello-world --out collected.jsonl',
    'openswe collect --language python --min-stars 5 --pushed-after 2024-01-01 --linked --out collected.jsonl',
    'openswe collect --git ~/src/hello-world --issues issues.jsonl | openswe filter > tasks.jsonl',
  ],
  schema: v.object(collectOptions),
  async run(words, flags, terminal) {
    if (flags.git !== undefined && words.length > 0) throw new UsageError('--git takes no names — give --repo')
    using signals = takeStopSignals(() => terminal.err('\nstopping: whole pages are kept\n'))
    const signal = AbortSignal.any([signals.first, terminal.closed])
    try {
      return await collectRows(words, flags, terminal, signal)
    } catch (error) {
      if (signal.aborted) return terminal.closed.aborted ? exitCodes.pipeClosed : signals.exitCode()
      if (error instanceof GitHubAccessError) throw new PreflightError(error.message, { cause: error })
      throw error
    }
  },
})

async function collectRows(
  words: readonly string[],
  flags: CollectFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  let progress: CollectProgress | null = null
  const context = {
    signal,
    tell: (line: string) => terminal.err(`${printable(line)}\n`),
    onWait: (untilMs: number, why: string) => progress?.waiting(untilMs, why),
  }
  const source = await (flags.git === undefined ? gitHubSource(words, flags, context) : gitSource(flags, context))
  const opened = await openOutput(placeOf(flags, terminal), source.request)
  if (opened.kind === 'refused') throw new UsageError(opened.explanation)
  if (opened.kind === 'finished') {
    terminal.err(`${flags.out ?? flags.state} is whole already: ${opened.rows} rows\n`)
    return exitCodes.success
  }
  await using output = opened.output
  const repos = output.repos ?? (await source.findRepos())
  if (output.repos === null) await output.commit(output.state, repos, false)
  const about = { isJson: flags.json === true, quotas: source.quotas, repos: repos.length, from: output.state }
  progress = new CollectProgress(terminal, about)
  return await takeSteps(source, repos, output, progress, signal)
}

function placeOf(flags: CollectFlags, terminal: Terminal): Parameters<typeof openOutput>[0] {
  const encoder = new TextEncoder()
  const file = flags.out ?? null
  return {
    file,
    stateFile: flags.state ?? (file === null ? null : `${file}.state`),
    print: (line) => terminal.data(encoder.encode(line)),
  }
}

async function takeSteps(
  source: CollectSource,
  repos: readonly string[],
  output: CollectOutput,
  progress: CollectProgress,
  signal: AbortSignal,
): Promise<number> {
  let isBegun = output.state.seen > 0 || output.state.begun.length > 0
  for await (const step of source.steps(repos, output.state)) {
    signal.throwIfAborted()
    if (step.kind === 'row') await output.write(candidateLine(step.candidate))
    if (step.kind === 'repository') isBegun = true
    if (step.kind === 'page') await output.commit(step.state, repos, step.state.repoIndex >= repos.length)
    signal.throwIfAborted()
    progress.step(step)
    if (step.kind === 'stopped') return exitCodes.unresolved
  }
  progress.finished(output.rows)
  return isBegun ? exitCodes.success : exitCodes.usage
}
