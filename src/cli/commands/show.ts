import * as v from 'valibot'
import type { IterationRecord } from '../../domain/iteration-record.ts'
import { currentAttempt, type StoredSynthesis } from '../../store/attempts.ts'
import { instanceIds } from '../../store/instances.ts'
import { getIterations } from '../../store/iterations.ts'
import { provenanceOf } from '../../store/provenance.ts'
import { getEnvironment, getProof } from '../../store/results.ts'
import { callsOfAttempt } from '../../store/sessions.ts'
import { openStore, type Store } from '../../store/store.ts'
import { closestWord } from '../../util/closest-word.ts'
import { printable } from '../../util/printable.ts'
import { logOf } from '../attempt-documents.ts'
import { attemptFacts } from '../attempt-facts.ts'
import { command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { chosenRollout, rolloutStandings, rolloutTable } from '../instance-rollouts.ts'
import { database, databaseOption } from '../options/database.ts'
import { flag, text, wholeNumber } from '../options/values.ts'
import type { Terminal } from '../terminal.ts'
import { trajectoryText } from '../trajectory-text.ts'
import { transcriptOf } from '../transcript.ts'

export const show = command({
  options: [
    { name: 'dockerfile', description: 'Print the Dockerfile: the accepted one, or the last that was tried' },
    { name: 'eval-script', description: 'Print the eval script' },
    { name: 'log', description: 'Print build logs and outputs of all iterations' },
    { name: 'transcript', description: 'Print every conversation with a model, as it was sent and answered' },
    { name: 'proof', description: 'Print what the acceptance rests on, as JSON' },
    { name: 'rollout', value: 'N', description: 'Print what was said in this try of a solver' },
    { name: 'solver', value: 'NAME', description: 'With --rollout: the solver, where several have such a try' },
    { name: 'patch', description: 'With --rollout: print what the solver handed in' },
    { name: 'json', description: 'Print everything but logs and outputs as JSON; with --rollout all of it' },
    databaseOption,
  ],
  examples: [
    'openswe show django__django-11001',
    'openswe show django__django-11001 --log | less',
    'openswe show django__django-11001 --rollout 2 --patch',
  ],
  schema: v.object({
    dockerfile: flag,
    evalScript: flag,
    log: flag,
    transcript: flag,
    proof: flag,
    rollout: v.optional(wholeNumber(1, 1_000_000_000)),
    solver: v.optional(text),
    patch: flag,
    json: flag,
    db: database,
  }),
  async run([id = ''], values, terminal) {
    const { db, rollout: number, solver, patch, ...wanted } = values
    if (number === undefined && (solver !== undefined || patch))
      throw new UsageError('--solver and --patch go with --rollout — add --rollout N')
    if (number !== undefined) {
      using store = await openStore(db, 'read')
      return showRollout(store, id, { number, solver, patch, ...wanted }, terminal)
    }
    if (Object.values(wanted).filter(Boolean).length > 1) {
      throw new UsageError('one of --dockerfile, --eval-script, --log, --transcript, --proof, --json at a time')
    }
    using store = await openStore(db, 'read')
    const attempt = currentAttempt(store, id) ?? unknownInstance(store, id)
    return print(contentOf(store, attempt, wanted), terminal)
  },
})

function print(contents: Iterable<string>, terminal: Terminal): number {
  for (const content of contents) terminal.out(terminal.isTerminal ? printable(content, 'lines') : content)
  return exitCodes.success
}

interface WantedRollout extends Wanted {
  readonly number: number
  readonly solver: string | undefined
  readonly patch?: true | undefined
}

function showRollout(store: Store, id: string, wanted: WantedRollout, terminal: Terminal): number {
  const { number, solver, patch, json, ...others } = wanted
  if (Object.values(others).some(Boolean) || (patch && json)) {
    throw new UsageError('with --rollout, one of --patch and --json at a time, and nothing else')
  }
  if (currentAttempt(store, id) === undefined) unknownInstance(store, id)
  const record = chosenRollout(store, id, { number, solver })
  if (patch) return print([record.rollout.model_patch], terminal)
  if (json) return print([`${JSON.stringify(record)}\n`], terminal)
  return print(trajectoryText(record.solver, record.rollout), terminal)
}

interface Wanted {
  readonly dockerfile?: true | undefined
  readonly evalScript?: true | undefined
  readonly log?: true | undefined
  readonly transcript?: true | undefined
  readonly proof?: true | undefined
  readonly json?: true | undefined
}

function unknownInstance(store: Store, id: string): never {
  const near = closestWord(id, instanceIds(store))
  throw new UsageError(`${id} is not in ${store.path}${near === undefined ? '' : ` — did you mean ${near}?`}`)
}

function contentOf(store: Store, attempt: StoredSynthesis, wanted: Wanted): Iterable<string> {
  const id = attempt.attempt_id
  if (wanted.dockerfile) {
    return [getEnvironment(store, id)?.dockerfile ?? getIterations(store, id).at(-1)?.dockerfile ?? none('Dockerfile')]
  }
  if (wanted.evalScript) return [getEnvironment(store, id)?.evalScript ?? none('eval script')]
  if (wanted.proof) return [`${JSON.stringify(getProof(store, id) ?? none('proof'), null, 2)}\n`]
  if (wanted.transcript) return callsOfAttempt(store, id).length > 0 ? transcriptOf(store, id) : none('model call')
  const iterations = getIterations(store, id)
  if (wanted.log) return iterations.map(logOf)
  if (wanted.json) return [jsonOf(store, attempt, iterations)]
  const rollouts = rolloutTable(rolloutStandings(store, attempt.instance_id))
  return [attemptFacts(store, attempt, iterations), rollouts === '' ? '' : `\n${rollouts}`]
}

function none(what: string): never {
  throw new UsageError(`there is no ${what} of it yet`)
}

function jsonOf(store: Store, stored: StoredSynthesis, iterations: readonly IterationRecord[]): string {
  const { instance_id, author, attempt } = stored
  const records = iterations.map(({ buildLog: _log, runs, ...iteration }) => ({
    ...iteration,
    runs: runs.map(({ output: _output, ...run }) => run),
  }))
  const id = stored.attempt_id
  const environment = getEnvironment(store, id)
  const [provenance, modelCalls] = [provenanceOf(store, id), callsOfAttempt(store, id)]
  const rollouts = rolloutStandings(store, instance_id)
  const facts = { instance_id, author, ...attempt, environment, provenance, iterations: records, modelCalls, rollouts }
  return `${JSON.stringify(facts)}\n`
}
