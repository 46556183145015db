import { formatUsd } from '../domain/budget.ts'
import type { GuidanceRecord, IterationRecord } from '../domain/iteration-record.ts'
import type { PublishedImage } from '../domain/published-image.ts'
import type { StoredSynthesis } from '../store/attempts.ts'
import { type Provenance, provenanceOf } from '../store/provenance.ts'
import { durationsByStage, getEnvironment, getPublished } from '../store/results.ts'
import { type CallFacts, callsOfAttempt } from '../store/sessions.ts'
import type { Store } from '../store/store.ts'
import { counted } from '../util/counted.ts'
import { printable } from '../util/printable.ts'
import { formatDuration } from '../util/quantity.ts'
import { shellJoin } from '../util/shell-quote.ts'
import { table } from './table.ts'

/** What became of an instance, and why: a fact a line. */
export function attemptFacts(store: Store, stored: StoredSynthesis, iterations: readonly IterationRecord[]): string {
  const id = stored.attempt_id
  const environment = getEnvironment(store, id)
  const facts = [
    ['instance', stored.instance_id],
    ['author', stored.author],
    ...stateFacts(stored),
    ...(environment === undefined
      ? []
      : [
          ['image', environment.imageTag],
          ...publishedFacts(getPublished(store, id)),
          ['test command', shellJoin(environment.testCommand.argv)],
        ]),
    ...iterations.flatMap((iteration, index) => [
      ...newAdvice(iteration, iterations[index - 1]).map(adviceFact),
      iterationFact(iteration),
    ]),
    ...stored.attempt.faults.map((fault) => ['fault', `${fault.kind}: ${firstLine(fault.message)}`]),
    ...modelFacts(callsOfAttempt(store, id), provenanceOf(store, id)),
    [
      'time',
      durationsByStage(store, id)
        .map((row) => `${row.stage} ${formatDuration(row.duration_ms)}`)
        .join(', '),
    ],
  ]
  return table(facts.map(([name = '', value = '']) => [name, printable(value)]))
}

function publishedFacts(image: PublishedImage | null): string[][] {
  switch (image?.kind) {
    case 'pushed':
      return [['pushed as', image.reference]]
    case 'saved':
      return [['saved as', image.path]]
    case 'failed':
      return [['not published', image.message]]
    case undefined:
      return []
  }
}

function iterationFact({ number, author, result, durationMs }: IterationRecord): string[] {
  const what = `${result.kind}${result.reason === undefined ? '' : ` ${result.reason}`}`
  return [
    `iteration ${number}`,
    `by ${author}: ${what}, ${formatDuration(durationMs)}: ${firstLine(result.explanation)}`,
  ]
}

/** What was advised between two iterations: each keeps all advice it was written under. */
function newAdvice(iteration: IterationRecord, before: IterationRecord | undefined): readonly GuidanceRecord[] {
  const known = new Set(before?.author === iteration.author ? before.guidance.map(keyOf) : [])
  return iteration.guidance.filter((advice) => !known.has(keyOf(advice)))
}

function keyOf({ role, key }: GuidanceRecord): string {
  return `${role} ${key}`
}

const roleNames = { explore: 'exploration', dockerfile: 'the Dockerfile', evalScript: 'the eval script' } as const

function adviceFact({ role, text }: GuidanceRecord): string[] {
  return ['advice', `for ${roleNames[role]}: ${firstLine(text)}`]
}

function modelFacts(calls: readonly CallFacts[], provenance: Provenance | undefined): string[][] {
  if (calls.length === 0 || provenance === undefined) return []
  const sum = (tokens: (call: CallFacts) => number) => calls.reduce((total, call) => total + tokens(call), 0)
  const input = sum((call) => call.input_tokens + call.cache_write_tokens + call.cache_read_tokens)
  const cached = sum((call) => call.cache_read_tokens)
  const output = sum((call) => call.output_tokens)
  const sessions = Map.groupBy(calls, (call) => call.session)
  return [
    ['model', provenance.models.join(', ')],
    ...(provenance.prompts === null ? [] : [['prompts', provenance.prompts.slice(0, 12)]]),
    ...[...sessions].map(([session, own]) => [
      `session ${session}`,
      `${counted(own.length, 'call')}, ${formatUsd(own.reduce((total, call) => total + call.cost_usd, 0))}`,
    ]),
    ['model calls', `${calls.length}, ${input} tokens in (${cached} cached), ${output} out`],
    ['cost', formatUsd(provenance.cost_usd)],
  ]
}

function stateFacts({ attempt }: StoredSynthesis): string[][] {
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
