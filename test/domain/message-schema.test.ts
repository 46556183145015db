import { expect, test } from 'bun:test'
import { type NodeMessage, type NodeSetup, type Order, protocolVersion } from '../../src/domain/message.ts'
import { parseNodeMessage, parseOrder } from '../../src/domain/message-schema.ts'
import type { ModelAnswer, ModelRequest } from '../../src/domain/model-call.ts'
import type { NodeFacts } from '../../src/domain/node-facts.ts'
import type { ResolvedEnvironment, SynthesisResult } from '../../src/domain/synthesis-event.ts'
import { aRollout, resolved, someRolloutPlan, unresolved } from '../support/rollout-once.ts'
import { someRollout } from '../support/rollout-values.ts'
import { anAcceptance, anInstance, anIteration, aRejection, someSettings } from '../support/run-values.ts'

const origin = { version: protocolVersion, node: 'n1', boot: 'b1', sequence: 3, atMs: 1000 } as const
const held = { attempt: 7, generation: 2 }
const aReference = {
  instance_id: 'a__b-0',
  version: null,
  created_at: '2023-01-01T00:00:00Z',
  author: 'rules',
  dockerfile: 'FROM x',
  testCommand: { runner: 'pytest', argv: ['pytest'] },
  guidance: [{ role: 'dockerfile', key: 'k', text: 'add six', repair: { kind: 'require' } }],
} as const
const request: ModelRequest = {
  session: '1/dockerfile',
  role: 'dockerfile',
  system: ['You write Dockerfiles.'],
  tools: [{ name: 'write_dockerfile', description: 'answers', inputSchema: { type: 'object' } }],
  toolChoice: 'any',
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'go' }] },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'write_dockerfile', input: '{"broken' }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'not JSON', is_error: true }] },
  ],
  maxTokens: 4096,
}
const spending = { model: 'm', usage: { input: 1, output: 2, cacheWrite: 3, cacheRead: 4 }, costUsd: 0.5, tries: 2 }
const answer: ModelAnswer = {
  ...spending,
  kind: 'answered',
  content: [
    { type: 'thinking', thinking: 'hm', signature: 's' },
    { type: 'redacted_thinking', data: 'x' },
    { type: 'text', text: 'done' },
  ],
  stop: 'tool-use',
}

const setup: NodeSetup = {
  slots: 4,
  ahead: 2,
  repos: 'https://example.org/{repo}',
  buildTimeoutMs: 60_000,
  checkoutDepth: 1,
  limits: { cpus: 2 },
  publication: { kind: 'save', folder: '/images' },
}
const facts: NodeFacts = {
  cpus: 8,
  load: 1.5,
  memoryBytes: 2 ** 34,
  freeMemoryBytes: 2 ** 33,
  diskBytes: 2 ** 40,
  freeDiskBytes: 2 ** 39,
  freeInodeShare: 0.9,
  engine: 'hung',
  waitingFor: 'the engine does not answer',
}
const everyHeld = (['waiting', 'running', 'ended'] as const).map((state, attempt) => ({
  attempt,
  generation: 1,
  state,
}))

const rolloutTask = {
  instance: anInstance('a__b-1'),
  environment: environmentOf(anAcceptance('x')),
  truth: { naming: 'runner', FAIL_TO_PASS: ['t'], PASS_TO_PASS: [], otherwise: { u: 'skipped' } },
  number: 2,
  settings: someRolloutPlan.settings,
  limits: someRolloutPlan.limits,
} as const

/** With keys and texts that mean something elsewhere, and arguments that are no JSON. */
const hostileRollout = someRollout([
  { tool: 'bash', with: JSON.parse('{"constructor": 1, "__proto__": {"x": 1}}'), think: 'hm', result: '\u0000' },
  { tool: 'bash', with: '{"command": "ls', isError: true },
  'I give up.',
])

function environmentOf({ environment }: SynthesisResult): ResolvedEnvironment {
  if (environment === undefined) throw new Error('an acceptance has an environment')
  return environment
}

test('every order survives its line', () => {
  const orders: Order[] = [
    {
      version: protocolVersion,
      type: 'lease',
      grant: 1,
      ...held,
      task: {
        kind: 'synthesis',
        instance: anInstance('a__b-1', { published: { Dockerfile: 'FROM x', eval_script: 'true' } }),
        author: 'rules',
        settings: someSettings,
        references: [aReference],
        resume: [anIteration(1), anIteration(2)],
      },
    },
    {
      version: protocolVersion,
      type: 'lease',
      grant: 1,
      ...held,
      task: { kind: 'rollout', ...rolloutTask, resume: null },
    },
    {
      version: protocolVersion,
      type: 'lease',
      grant: 1,
      ...held,
      task: { kind: 'rollout', ...rolloutTask, resume: aRollout(rolloutTask) },
    },
    { version: protocolVersion, type: 'welcome', epoch: 3, connection: 4, runId: 'r1', setup },
    {
      version: protocolVersion,
      type: 'welcome',
      epoch: 3,
      connection: 5,
      runId: 'r1',
      setup: { ...setup, slots: null, limits: {}, publication: { kind: 'push', repository: 'ghcr.io/a/b' } },
    },
    { version: protocolVersion, type: 'revoke', ...held, evenRunning: true },
    { version: protocolVersion, type: 'heartbeat-answer', count: 0, dropped: [held] },
    { version: protocolVersion, type: 'acknowledge', boot: 'b1', sequence: 9 },
    { version: protocolVersion, type: 'set-slots', slots: 3 },
    { version: protocolVersion, type: 'set-mode', mode: 'draining' },
    { version: protocolVersion, type: 'detach', trustMs: 3_600_000 },
    { version: protocolVersion, type: 'stop' },
    { version: protocolVersion, type: 'repository-answer', call: 'r1', answer: { kind: 'bundle', bundle: 'UEFDSw==' } },
    {
      version: protocolVersion,
      type: 'repository-answer',
      call: 'r2',
      answer: { kind: 'missing', explanation: 'no such' },
    },
    { version: protocolVersion, type: 'model-answer', call: 'c1', answer },
    {
      version: protocolVersion,
      type: 'model-answer',
      call: 'c2',
      answer: { ...spending, kind: 'faulted', fault: { kind: 'model-unreachable', message: 'overloaded' } },
    },
  ]
  for (const order of orders) expect(parseOrder(JSON.parse(JSON.stringify(order)))).toEqual(order)
})

test('every message of a node survives its line', () => {
  const version = protocolVersion
  const messages: NodeMessage[] = [
    { ...origin, ...held, type: 'stage', stage: 'build', iteration: 1, state: 'finished', durationMs: 12.5 },
    { ...origin, ...held, type: 'iteration', record: anIteration(1) },
    { ...origin, ...held, type: 'settled', result: anAcceptance('x') },
    { ...origin, ...held, type: 'settled', result: aRejection() },
    { ...origin, ...held, type: 'faulted', fault: { kind: 'disk-full', message: 'no space' } },
    { ...origin, ...held, type: 'rollout', rollout: hostileRollout },
    { ...origin, ...held, type: 'graded', grade: resolved },
    { ...origin, ...held, type: 'graded', grade: unresolved },
    { ...origin, ...held, type: 'released' },
    { version, type: 'hello', node: 'n1', boot: 'b1', slots: 4, room: 2, held: [], facts: null },
    { version, type: 'heartbeat', count: 9, grant: 2, slots: 4, room: 0, held: everyHeld, facts },
    { version, type: 'model-call', ...held, call: 'c1', request },
    { version, type: 'repository-call', ...held, call: 'r1', repo: 'a/b', commit: 'c'.repeat(40) },
  ]
  for (const message of messages) expect(parseNodeMessage(JSON.parse(JSON.stringify(message)))).toEqual(message)
})

test('a line of another version, of another kind or without a field is refused by name', () => {
  const refusals = [
    { ...origin, ...held, version: 1, type: 'released' },
    { ...origin, type: 'goodbye' },
    { ...origin, type: 'released', attempt: 1 },
  ].map((line) => {
    try {
      return parseNodeMessage(line)
    } catch (error) {
      return String(error).split(': ').slice(1, 4).join(': ')
    }
  })
  expect(refusals).toEqual([
    'E_PROTO: no message of a node of version 4: version',
    'E_PROTO: no message of a node of version 4: type',
    'E_PROTO: no message of a node of version 4: generation',
  ])
})
