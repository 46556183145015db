import * as v from 'valibot'
import type { IterationRecord } from '../../domain/iteration-record.ts'
import { currentAttempt, type StoredAttempt } from '../../store/attempts.ts'
import { instanceIds } from '../../store/instances.ts'
import { getIterations } from '../../store/iterations.ts'
import { durationsByStage, getEnvironment, getProof } from '../../store/results.ts'
import { openStore, type Store } from '../../store/store.ts'
import { closestWord } from '../../util/closest-word.ts'
import { printable } from '../../util/printable.ts'
import { formatDuration } from '../../util/quantity.ts'
import { shellJoin } from '../../util/shell-quote.ts'
import { command } from '../command.ts'
import { database, databaseOption } from '../database-option.ts'
import { UsageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { flag } from '../option-values.ts'
import { table } from '../table.ts'

export const show = command({
  options: [
    { name: 'dockerfile', description: 'Print the Dockerfile: the accepted one, or the last that was tried' },
    { name: 'eval-script', description: 'Print the eval script' },
    { name: 'log', description: 'Print build logs and outputs of all iterations' },
    { name: 'proof', description: 'Print what the acceptance rests on, as JSON' },
    { name: 'json', description: 'Print all but logs and outputs, as JSON' },
    databaseOption,
  ],
  examples: ['openswe show django__django-11001', 'openswe show django__django-11001 --log | less'],
  schema: v.object({ dockerfile: flag, evalScript: flag, log: flag, proof: flag, json: flag, db: database }),
  async run([id = ''], values, terminal) {
    const asked = [values.dockerfile, values.evalScript, values.log, values.proof, values.json].filter(Boolean)
    if (asked.length > 1) throw new UsageError('one of --dockerfile, --eval-script, --log, --proof, --json at a time')
    using store = await openStore(values.db, 'read')
    const attempt = currentAttempt(store, id) ?? unknownInstance(store, id)
    const content = contentOf(store, attempt, values)
    terminal.out(terminal.isTerminal ? printable(content, 'lines') : content)
    return exitCodes.success
  },
})

interface Wanted {
  readonly dockerfile?: true | undefined
  readonly evalScript?: true | undefined
  readonly log?: true | undefined
  readonly proof?: true | undefined
  readonly json?: true | undefined
}

function unknownInstance(store: Store, id: string): never {
  const near = closestWord(id, instanceIds(store))
  throw new UsageError(`${id} is not in ${store.path}${near === undefined ? '' : ` — did you mean ${near}?`}`)
}

function contentOf(store: Store, attempt: StoredAttempt, wanted: Wanted): string {
  const id = attempt.attempt_id
  if (wanted.dockerfile) {
    return getEnvironment(store, id)?.dockerfile ?? getIterations(store, id).at(-1)?.dockerfile ?? none('Dockerfile')
  }
  if (wanted.evalScript) return getEnvironment(store, id)?.evalScript ?? none('eval script')
  if (wanted.proof) return `${JSON.stringify(getProof(store, id) ?? none('proof'), null, 2)}\n`
  const iterations = getIterations(store, id)
  if (wanted.log) return iterations.map(logOf).join('')
  return wanted.json ? jsonOf(store, attempt, iterations) : summaryOf(store, attempt, iterations)
}

function none(what: string): never {
  throw new UsageError(`there is no ${what} of it yet`)
}

function logOf(iteration: IterationRecord): string {
  const runs = iteration.runs.map((run, index) => {
    const conditions = run.conditions.length > 0 ? ` (${run.conditions.join(', ')})` : ''
    return `===== iteration ${iteration.number}, run ${index + 1}: ${run.purpose}${conditions}\n${withNewline(run.output)}`
  })
  return `===== iteration ${iteration.number}: build\n${withNewline(iteration.buildLog)}${runs.join('')}`
}

function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function jsonOf(store: Store, stored: StoredAttempt, iterations: readonly IterationRecord[]): string {
  const { instance_id, author, attempt } = stored
  const records = iterations.map(({ buildLog: _log, runs, ...iteration }) => ({
    ...iteration,
    runs: runs.map(({ output: _output, ...run }) => run),
  }))
  const environment = getEnvironment(store, stored.attempt_id)
  return `${JSON.stringify({ instance_id, author, ...attempt, environment, iterations: records })}\n`
}

function summaryOf(store: Store, stored: StoredAttempt, iterations: readonly IterationRecord[]): string {
  const { attempt } = stored
  const environment = getEnvironment(store, stored.attempt_id)
  const facts = [
    ['instance', stored.instance_id],
    ['author', stored.author],
    ...stateFacts(stored),
    ...(environment === undefined
      ? []
      : [
          ['image', environment.imageTag],
          ['test command', shellJoin(environment.testCommand.argv)],
        ]),
    ...iterations.map(({ number, result, durationMs }) => [
      `iteration ${number}`,
      `${result.kind}${result.reason === undefined ? '' : ` ${result.reason}`}, ${formatDuration(durationMs)}: ${firstLine(result.explanation)}`,
    ]),
    ...attempt.faults.map((fault) => ['fault', `${fault.kind}: ${firstLine(fault.message)}`]),
    [
      'time',
      durationsByStage(store, stored.attempt_id)
        .map((row) => `${row.stage} ${formatDuration(row.duration_ms)}`)
        .join(', '),
    ],
  ]
  return table(facts.map(([name = '', value = '']) => [name, printable(value)]))
}

function stateFacts({ attempt }: StoredAttempt): string[][] {
  if (attempt.state !== 'settled') return [['state', attempt.state]]
  const { verdict } = attempt
  switch (verdict.kind) {
    case 'accepted':
      return [
        ['outcome', 'accepted'],
        ['failed before', verdict.failedBefore],
        ...verdict.FAIL_TO_PASS.map((name) => ['FAIL_TO_PASS', name]),
        ['PASS_TO_PASS', `${verdict.PASS_TO_PASS.length} tests`],
        ...verdict.flakyTests.map((name) => ['flaky', name]),
      ]
    case 'rejected':
      return [
        ['outcome', `rejected ${verdict.reason}`],
        ['why', firstLine(verdict.explanation)],
      ]
    case 'unsolvable':
      return [
        ['outcome', 'unsolvable'],
        ['why', firstLine(verdict.explanation)],
      ]
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
