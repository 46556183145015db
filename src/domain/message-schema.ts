import * as v from 'valibot'
import { faultSchema } from './fault-schema.ts'
import { iterationResultKinds } from './iteration-record.ts'
import { type NodeEvent, type Order, protocolVersion } from './message.ts'
import { modelAnswerSchema, modelRequestSchema } from './model-call-schema.ts'
import { publishedImageSchema } from './published-image.ts'
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
const held = { attempt: count, generation: count }
const origin = { version, node: v.string(), boot: v.string(), sequence: count, atMs: count }

const order: v.GenericSchema<unknown, Order> = v.variant('type', [
  v.object({
    version,
    type: v.literal('lease'),
    ...held,
    task: v.variant('kind', [synthesisTask, v.object({ kind: v.literal('rollout'), ...rolloutTask })]),
  }),
  v.object({ version, type: v.literal('model-answer'), attempt: count, call: v.string(), answer: modelAnswerSchema }),
  v.object({ version, type: v.literal('acknowledge'), sequence: count }),
  v.object({ version, type: v.literal('stop') }),
])

const nodeEvent: v.GenericSchema<unknown, NodeEvent> = v.variant('type', [
  v.object({ ...origin, type: v.literal('hello'), slots: count }),
  v.object({
    ...origin,
    ...held,
    type: v.literal('stage'),
    stage: v.picklist(stages),
    iteration: count,
    state: v.picklist(['started', 'finished']),
    durationMs: v.exactOptional(durationMs),
  }),
  v.object({ ...origin, ...held, type: v.literal('iteration'), record: iterationRecord }),
  v.object({ ...origin, ...held, type: v.literal('rollout'), rollout: rolloutSchema }),
  v.object({ ...origin, ...held, type: v.literal('model-call'), call: v.string(), request: modelRequestSchema }),
  v.object({ ...origin, ...held, type: v.literal('settled'), result }),
  v.object({ ...origin, ...held, type: v.literal('graded'), grade: gradeSchema }),
  v.object({
    ...origin,
    ...held,
    type: v.literal('faulted'),
    fault: faultSchema,
  }),
  v.object({ ...origin, ...held, type: v.literal('released') }),
])

/** One line from control as an order; throws where it is none of this version. */
export function parseOrder(line: string): Order {
  return parse(order, line, 'order')
}

/** One line from a node as an event; throws where it is none of this version. */
export function parseNodeEvent(line: string): NodeEvent {
  return parse(nodeEvent, line, 'node event')
}

function parse<T>(schema: v.GenericSchema<unknown, T>, line: string, what: string): T {
  const parsed = v.safeParse(schema, JSON.parse(line))
  if (parsed.success) return parsed.output
  const issue = parsed.issues[0]
  throw new Error(
    `E_PROTO: no ${what} of version ${protocolVersion}: ${v.getDotPath(issue) ?? 'line'}: ${issue.message}`,
  )
}
