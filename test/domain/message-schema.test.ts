import { expect, test } from 'bun:test'
import { type NodeMessage, type Order, protocolVersion } from '../../src/domain/message.ts'
import { parseNodeMessage, parseOrder } from '../../src/domain/message-schema.ts'
import type { ModelAnswer, ModelRequest } from '../../src/domain/model-call.ts'
import type { NodeFacts } from '../../src/domain/node-facts.ts'
import type { ResolvedEnvironment, SynthesisResult } from '../../src/domain/synthesis-event.ts'
import { aRollout, resolved, someRolloutPlan, unresolved } from '../support/rollout-once.ts'
import { someRollout } from '../support/rollout-values.ts'
import { anAcceptance, anInstance, anIteration, aRejection, someSettings, someSetup } from '../support/run-values.ts'

const version = protocolVersion
const origin = { version, node: 'n1', boot: 'b1', sequence: 3, atMs: 1000 } as const
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

const facts: NodeFacts = {
  cpus: 8,
  load: 1.5,
  memoryBytes: 2 ** 34,
  freeMemoryBytes: 2 ** 33,
  diskBytes: 2 ** 40,
  freeDiskBytes: 2 ** 39,
  freeInodeShare: 0.5,
  engine: 'ok',
  waitingFor: null,
}

const fault = { kind: 'model-unreachable', message: 'overloaded' } as const

test('every order survives its line', () => {
  const setup = { ...someSetup, limits: { cpus: 2 }, publication: { kind: 'save', folder: '/images' } } as const
  const synthesis = { instance: anInstance('a__b-1'), author: 'rules', settings: someSettings } as const
  const orders: Order[] = [
    { version, type: 'welcome', epoch: 2, connection: 3, runId: 'r', setup },
    {
      version,
      type: 'lease',
      ...held,
      grant: 1,
      task: {
        kind: 'synthesis',
        ...synthesis,
        instance: anInstance('a__b-1', { published: { Dockerfile: 'FROM x', eval_script: 'true' } }),
        references: [aReference],
        resume: [anIteration(1), anIteration(2)],
      },
    },
    { version, type: 'lease', ...held, grant: 2, task: { kind: 'rollout', ...rolloutTask, resume: null } },
    {
      version,
      type: 'lease',
      ...held,
      grant: 3,
      task: { kind: 'rollout', ...rolloutTask, resume: aRollout(rolloutTask) },
    },
    { version, type: 'revoke', ...held, evenRunning: true },
    { version, type: 'heartbeat-answer', count: 4, dropped: [held] },
    { version, type: 'model-answer', call: 'c1', answer },
    { version, type: 'model-answer', call: 'c2', answer: { ...spending, kind: 'faulted', fault } },
    { version, type: 'repository-answer', call: 'c3', answer: { kind: 'bundle', bundle: 'AAAA' } },
    { version, type: 'repository-answer', call: 'c4', answer: { kind: 'commit-missing', explanation: 'gone' } },
    { version, type: 'tail-call', ...held },
    { version, type: 'acknowledge', boot: 'b1', sequence: 9 },
    { version, type: 'set-slots', slots: 3 },
    { version, type: 'set-mode', mode: 'draining' },
    { version, type: 'detach', trustMs: 1000 },
    { version, type: 'stop' },
  ]
  for (const order of orders) expect(parseOrder(JSON.parse(JSON.stringify(order)))).toEqual(order)
})

test('every message of a node survives its line', () => {
  const pulse = { version, held: [{ ...held, state: 'ended' }], slots: 4, room: 2 } as const
  const messages: NodeMessage[] = [
    { ...pulse, facts: null, type: 'hello', node: 'n1', boot: 'b1' },
    { ...pulse, facts, type: 'heartbeat', count: 3, grant: 2 },
    { version, type: 'model-call', ...held, call: 'c1', request },
    { version, type: 'repository-call', ...held, call: 'c2', repo: 'o/n', commit: 'a'.repeat(40) },
    { version, type: 'tail-answer', ...held, text: 'Step 1\n\u0000\u001b[2J' },
    { ...origin, ...held, type: 'stage', stage: 'build', iteration: 1, state: 'finished', durationMs: 12.5 },
    { ...origin, ...held, type: 'iteration', record: anIteration(1) },
    { ...origin, ...held, type: 'settled', result: anAcceptance('x') },
    { ...origin, ...held, type: 'settled', result: aRejection() },
    { ...origin, ...held, type: 'faulted', fault: { kind: 'disk-full', message: 'no space' } },
    { ...origin, ...held, type: 'rollout', rollout: hostileRollout },
    { ...origin, ...held, type: 'graded', grade: resolved },
    { ...origin, ...held, type: 'graded', grade: unresolved },
    { ...origin, ...held, type: 'released' },
  ]
  for (const message of messages) expect(parseNodeMessage(JSON.parse(JSON.stringify(message)))).toEqual(message)
})

test('a message of another version, of another kind or without a field is refused by name', () => {
  const refusals = [
    { ...origin, ...held, version: 3, type: 'released' },
    { ...origin, type: 'goodbye' },
    { ...origin, type: 'released', attempt: 1 },
    'OSW',
  ].map((value) => {
    try {
      return parseNodeMessage(value)
    } catch (error) {
      return String(error).split(': ').slice(1, 4).join(': ')
    }
  })
  const what = `no message of a node of version ${protocolVersion}`
  expect(refusals.slice(0, 3)).toEqual([
    `E_PROTO: ${what}: version`,
    `E_PROTO: ${what}: type`,
    `E_PROTO: ${what}: generation`,
  ])
  expect(refusals[3]).toStartWith(`E_PROTO: ${what}: line`)
})
