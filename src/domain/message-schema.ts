import * as v from 'valibot'
import { faultSchema } from './fault-schema.ts'
import { iterationResultKinds } from './iteration-record.ts'
import { type NodeMessage, type Order, protocolVersion } from './message.ts'
import { modelAnswerSchema, modelRequestSchema } from './model-call-schema.ts'
import { nodeFactsSchema } from './node-facts-schema.ts'
import { publicationSchema, publishedImageSchema } from './published-image.ts'
import { gradeSchema, rolloutSchema, rolloutTask } from './rollout-schema.ts'
import {
  author,
  count,
  digests,
  durationMs,
  end,
  environment,
  evalRun,
  instance,
  limits,
  outcomes,
  purpose,
  someLimits,
  strings,
  testCommand,
} from './schema-parts.ts'
import { stages } from './synthesis-event.ts'
import { rejectionReasons } from './verdict.ts'

const guidance = v.array(
  v.object({
    role: v.picklist(['explore', 'dockerfile', 'evalScript']),
    key: v.string(),
    text: v.string(),
    repair: v.exactOptional(v.unknown()),
  }),
)

const iterationRecord = v.looseObject({
  number: v.pipe(count, v.minValue(1)),
  author,
  dockerfile: v.string(),
  testCommand,
  report: v.string(),
  guidance,
  result: v.object({
    kind: v.picklist(iterationResultKinds),
    reason: v.exactOptional(v.string()),
    explanation: v.string(),
  }),
  buildLog: v.string(),
  runs: v.array(evalRun),
  durationMs,
})

const settings = v.looseObject({
  repeats: v.object({ testOnly: count, withFix: count }),
  strict: v.boolean(),
  limits,
  buildTimeoutMs: count,
  maxIterations: v.object({ rules: count, model: count }),
  checkoutDepth: count,
  builder: v.picklist(['shell', 'rewrite']),
})

const verdict = v.variant('kind', [
  v.object({
    kind: v.literal('accepted'),
    FAIL_TO_PASS: strings,
    PASS_TO_PASS: strings,
    flakyTests: strings,
    failedBefore: v.picklist(['tests-failed', 'could-not-import-what-the-patch-adds']),
  }),
  v.object({ kind: v.literal('rejected'), reason: v.picklist(rejectionReasons), explanation: v.string() }),
  v.object({ kind: v.literal('unsolvable'), explanation: v.string() }),
])

const result = v.looseObject({
  verdict,
  environment: v.exactOptional(environment),
  proof: v.exactOptional(
    v.looseObject({
      inputs: digests,
      trees: digests,
      imageId: v.string(),
      runs: v.array(v.looseObject({ purpose, end, outcomes: v.nullable(outcomes), conditions: strings, durationMs })),
      controls: v.array(v.object({ name: v.string(), outcome: v.string() })),
      audit: v.record(v.string(), v.number()),
      conditions: strings,
      tools: digests,
    }),
  ),
  iterations: count,
  image: v.exactOptional(publishedImageSchema),
})

const reference = v.object({
  instance_id: v.string(),
  version: v.nullable(v.string()),
  created_at: v.nullable(v.string()),
  author,
  guidance,
  dockerfile: v.string(),
  testCommand,
})

const synthesisTask = v.object({
  kind: v.literal('synthesis'),
  instance,
  author,
  settings,
  references: v.array(reference),
  resume: v.array(iterationRecord),
})

const version = v.literal(protocolVersion)
const key = { attempt: count, generation: count }
const origin = { version, node: v.string(), boot: v.string(), sequence: count, atMs: count }

const setup = v.object({
  slots: v.nullable(count),
  ahead: count,
  leaseMs: v.exactOptional(v.pipe(count, v.minValue(1))),
  repos: v.string(),
  buildTimeoutMs: count,
  checkoutDepth: count,
  limits: someLimits,
  publication: v.nullable(publicationSchema),
})

const repositoryAnswer = v.variant('kind', [
  v.object({ kind: v.literal('bundle'), bundle: v.string() }),
  v.object({ kind: v.picklist(['missing', 'unreachable', 'commit-missing']), explanation: v.string() }),
])

const order: v.GenericSchema<unknown, Order> = v.variant('type', [
  v.object({ version, type: v.literal('welcome'), epoch: count, connection: count, runId: v.string(), setup }),
  v.object({
    version,
    type: v.literal('lease'),
    ...key,
    grant: count,
    task: v.variant('kind', [synthesisTask, v.object({ kind: v.literal('rollout'), ...rolloutTask })]),
  }),
  v.object({ version, type: v.literal('revoke'), ...key, evenRunning: v.boolean() }),
  v.object({ version, type: v.literal('heartbeat-answer'), count, dropped: v.array(v.object(key)) }),
  v.object({ version, type: v.literal('model-answer'), call: v.string(), answer: modelAnswerSchema }),
  v.object({ version, type: v.literal('repository-answer'), call: v.string(), answer: repositoryAnswer }),
  v.object({ version, type: v.literal('tail-call'), ...key }),
  v.object({ version, type: v.literal('acknowledge'), boot: v.string(), sequence: count }),
  v.object({ version, type: v.literal('set-slots'), slots: count }),
  v.object({ version, type: v.literal('set-mode'), mode: v.picklist(['working', 'paused', 'draining']) }),
  v.object({ version, type: v.literal('detach'), trustMs: count }),
  v.object({ version, type: v.literal('stop') }),
])

const pulse = {
  version,
  held: v.array(v.object({ ...key, state: v.picklist(['waiting', 'running', 'ended']) })),
  facts: v.nullable(nodeFactsSchema),
  slots: count,
  room: count,
}

const nodeMessage: v.GenericSchema<unknown, NodeMessage> = v.variant('type', [
  v.object({ ...pulse, type: v.literal('hello'), node: v.string(), boot: v.string() }),
  v.object({ ...pulse, type: v.literal('heartbeat'), count, grant: count }),
  v.object({ version, type: v.literal('model-call'), call: v.string(), ...key, request: modelRequestSchema }),
  v.object({
    version,
    type: v.literal('repository-call'),
    call: v.string(),
    ...key,
    repo: v.string(),
    commit: v.string(),
  }),
  v.object({ version, type: v.literal('tail-answer'), ...key, text: v.pipe(v.string(), v.maxLength(65_536)) }),
  v.object({
    ...origin,
    ...key,
    type: v.literal('stage'),
    stage: v.picklist(stages),
    iteration: count,
    state: v.picklist(['started', 'finished']),
    durationMs: v.exactOptional(durationMs),
  }),
  v.object({ ...origin, ...key, type: v.literal('iteration'), record: iterationRecord }),
  v.object({ ...origin, ...key, type: v.literal('rollout'), rollout: rolloutSchema }),
  v.object({ ...origin, ...key, type: v.literal('settled'), result }),
  v.object({ ...origin, ...key, type: v.literal('graded'), grade: gradeSchema }),
  v.object({ ...origin, ...key, type: v.literal('faulted'), fault: faultSchema }),
  v.object({ ...origin, ...key, type: v.literal('released') }),
])

/** What control sent, as an order; throws where it is none of this version. */
export function parseOrder(value: unknown): Order {
  return parse(order, value, 'order')
}

/** What a node sent, as a message; throws where it is none of this version. */
export function parseNodeMessage(value: unknown): NodeMessage {
  return parse(nodeMessage, value, 'message of a node')
}

function parse<T>(schema: v.GenericSchema<unknown, T>, value: unknown, what: string): T {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const issue = parsed.issues[0]
  throw new Error(
    `E_PROTO: no ${what} of version ${protocolVersion}: ${v.getDotPath(issue) ?? 'line'}: ${issue.message}`,
  )
}
