import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { examine } from '../../control/doctor.ts'
import { writeDemo } from '../../demo/write-demo.ts'
import type { Engine } from '../../docker/engine.ts'
import type { Attempt } from '../../domain/attempt.ts'
import { readInstances } from '../../input/instance-file.ts'
import { currentAttempt } from '../../store/attempts.ts'
import { openStore } from '../../store/store.ts'
import { buildImages } from '../build-images.ts'
import { checkColours } from '../colour.ts'
import { command } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { connectEngine } from '../machine.ts'
import { type RunOptions, runOptionRows, runOptions } from '../options/run.ts'
import { text } from '../options/values.ts'
import { runInstances } from '../run-instances.ts'
import { takeStopSignals } from '../stop-signals.ts'
import { colouredTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'

const shared = ['slots', 'retry', 'plain', 'json']

export const demo = command({
  options: [
    {
      name: 'dir',
      value: 'FOLDER',
      description: 'Where repositories, instances and the database are kept (default: openswe-demo)',
    },
    ...runOptionRows.filter((row) => shared.includes(row.name)),
  ],
  examples: ['openswe demo', 'openswe demo --slots 4 --retry all'],
  schema: v.object({
    dir: v.optional(text, 'openswe-demo'),
    slots: runOptions.slots,
    retry: runOptions.retry,
    plain: runOptions.plain,
    json: runOptions.json,
  }),
  async run(_words, { dir, ...options }, terminal) {
    await mkdir(dir, { recursive: true })
    const { instancesFile, reposTemplate, expected } = await writeDemo(dir)
    const db = join(dir, 'openswe.db')
    const rows = readInstances(instancesFile)
    const full = {
      ...v.parse(v.object(runOptions), {}),
      ...options,
      repos: reposTemplate,
      db,
      cache: resolve(dir, 'cache'),
    }
    const engine = connectEngine()
    if (!(await ensureBaseImage(engine, dir, terminal))) return exitCodes.preflight
    const request = { engine, instancesFile, rows, author: 'rules', model: null, options: full } as const
    const { exitCode } = await runInstances(request, terminal)
    if (exitCode !== exitCodes.success && exitCode !== exitCodes.unresolved) return exitCode
    return await compare(db, expected, options, terminal)
  },
})

/** The instances run on any Python; one is built only where this machine has none, as on its very first day. */
async function ensureBaseImage(engine: Engine, dir: string, terminal: Terminal): Promise<boolean> {
  const { facts, pythonVersions } = await examine(engine, dir)
  if (facts === null || pythonVersions.length > 0) return true
  using signals = takeStopSignals(() => terminal.err('\nstopping\n'))
  return await buildImages(engine, { pythons: ['3.11'], flavour: 'auto', signal: signals.first }, terminal)
}

/** A line for each instance: what came out, what should have, and whether that is the same. */
async function compare(
  db: string,
  expected: Readonly<Record<string, string>>,
  options: Pick<RunOptions, 'json'>,
  terminal: Terminal,
): Promise<number> {
  using store = await openStore(db, 'read')
  const rows = Object.entries(expected).map(([id, wanted]) => {
    const outcome = outcomeOf(currentAttempt(store, id)?.attempt)
    return { instance_id: id, outcome, expected: wanted, ok: outcome === wanted }
  })
  if (options.json) for (const row of rows) terminal.out(`${JSON.stringify({ event: 'comparison', ...row })}\n`)
  else {
    const lines = rows.map(({ instance_id, outcome, expected: wanted, ok }) => ({
      cells: [instance_id, outcome, wanted, ok ? 'ok' : 'NOT as expected'],
      colour: checkColours[ok ? 'ok' : 'missing'],
    }))
    terminal.out(`\n${colouredTable(terminal, [{ cells: ['instance', 'outcome', 'expected', ''] }, ...lines])}`)
  }
  return rows.every((row) => row.ok) ? exitCodes.success : exitCodes.internal
}

function outcomeOf(attempt: Attempt | undefined): string {
  if (attempt?.state !== 'settled') return attempt?.state ?? 'absent'
  return attempt.verdict.kind === 'rejected' ? `rejected: ${attempt.verdict.reason}` : attempt.verdict.kind
}
