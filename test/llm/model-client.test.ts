import { expect, test } from 'bun:test'
import type { ModelMessage } from '../../src/domain/model-call.ts'
import { unpricedModels } from '../../src/llm/model-client.ts'
import { realClock } from '../../src/util/clock.ts'
import { type ApiRequest, inOrder, serveMessages } from '../support/messages-api.ts'
import {
  cutShort,
  htmlPage,
  overloaded,
  rateLimited,
  refuses,
  reset,
  says,
  silence,
  status,
  type WireReply,
} from '../support/messages-api-replies.ts'
import { callOptions, clientFor, instantClock, models, price, requestOf } from './support.ts'

test('an answer comes with its model, its tokens, what they cost and how often was asked', async () => {
  const usage = { input_tokens: 3, cache_creation_input_tokens: 2, cache_read_input_tokens: 100, output_tokens: 7 }
  await using api = await serveMessages(() => says('so', { usage }))
  const answer = await clientFor(api).call(requestOf(), callOptions())
  expect(answer).toEqual({
    kind: 'answered',
    model: 'scripted',
    content: [{ type: 'text', text: 'so' }],
    stop: 'end',
    usage: { input: 3, cacheWrite: 2, cacheRead: 100, output: 7 },
    costUsd: (3 * price.input + 2 * price.cacheWrite + 100 * price.cacheRead + 7 * price.output) / 1_000_000,
    tries: 1,
  })
})

test('each role has its own model, and thinks as it is told', async () => {
  await using api = await serveMessages(() => says('so'))
  const client = clientFor(api, {
    models: { ...models, explore: 'claude-haiku-4-5-20251001' },
    thinking: { analyse: { budgetTokens: 2000 } },
  })
  await client.call(requestOf({ role: 'explore' }), callOptions())
  await client.call(requestOf({ role: 'analyse' }), callOptions())
  expect(api.requests.map(({ body }) => body.model)).toEqual(['claude-haiku-4-5-20251001', 'scripted'])
  expect(api.requests.map(({ body }) => body.thinking)).toEqual([undefined, { type: 'enabled', budget_tokens: 2000 }])
  expect(client.modelOf('explore')).toBe('claude-haiku-4-5-20251001')
  expect(client.priceOf('explore').input).toBe(1)
})

test('the key goes where it is told to, under the path of the base URL, with the version that is asked for', async () => {
  await using api = await serveMessages(() => says('so'))
  const ask = async (options: Parameters<typeof clientFor>[1]) => {
    await clientFor(api, options).call(requestOf(), callOptions())
    return api.requests.at(-1)
  }
  const keyed = await ask({ baseUrl: `${api.url}/anthropic/`, credential: { kind: 'api-key', value: 'k-1' } })
  expect(keyed?.path).toBe('/anthropic/v1/messages')
  expect(keyed?.headers).toMatchObject({ 'x-api-key': 'k-1', 'anthropic-version': '2023-06-01' })
  expect(keyed?.headers.authorization).toBeUndefined()
  const token = { kind: 'bearer-token', value: 't-1' } as const
  const borne = await ask({ baseUrl: `${api.url}/v1`, credential: token, version: '2026-10-21' })
  expect(borne?.path).toBe('/v1/messages')
  expect(borne?.headers).toMatchObject({ authorization: 'Bearer t-1', 'anthropic-version': '2026-10-21' })
  expect(borne?.headers['x-api-key']).toBeUndefined()
  const open = await ask({ credential: { kind: 'none' } })
  expect(open?.headers.authorization).toBeUndefined()
  expect(open?.headers['x-api-key']).toBeUndefined()
})

test('after a rate limit it waits as long as it was asked to, and a bit', async () => {
  await using api = await serveMessages(inOrder([rateLimited('7'), says('so')]))
  const clock = instantClock()
  const answer = await clientFor(api, { clock, retry: { baseMs: 1000 } }).call(requestOf(), callOptions())
  expect(answer).toMatchObject({ kind: 'answered', tries: 2 })
  expect(clock.waitsMs).toEqual([7500])
})

test('while one call is told to wait, no other asks', async () => {
  const released = Promise.withResolvers<void>()
  const script = (request: ApiRequest) =>
    request.ordinal === 0 ? rateLimited('7') : says('so', { after: released.promise })
  await using api = await serveMessages(script)
  const clock = instantClock()
  const asleep = Promise.withResolvers<void>()
  const waits: number[] = []
  const client = clientFor(api, {
    clock: {
      ...clock,
      async sleep(ms) {
        waits.push(ms)
        if (waits.length === 2) asleep.resolve()
        await released.promise
        await clock.sleep(ms, new AbortController().signal)
      },
    },
  })
  const first = client.call(requestOf(), callOptions())
  while (waits.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const second = client.call(requestOf(), callOptions())
  await asleep.promise
  expect(api.requests).toHaveLength(1)
  expect(waits.every((ms) => ms >= 7000)).toBe(true)
  released.resolve()
  expect((await Promise.all([first, second])).map(({ kind }) => kind)).toEqual(['answered', 'answered'])
})

test('a minute of rate limits is waited out', async () => {
  await using api = await serveMessages(inOrder([...Array.from({ length: 20 }, () => rateLimited('3')), says('so')]))
  const answer = await clientFor(api).call(requestOf(), callOptions())
  expect(answer).toMatchObject({ kind: 'answered', tries: 21 })
})

/** Waited out where nothing comes; long enough for an answer on a machine that is busy. */
const shortLimits = { firstByteMs: 1_000, idleMs: 1_000 }

test.each([
  ['a reset', reset()],
  ['half a stream', cutShort(says('abcdef'), 420, 'closed')],
  ['a stall in the middle', cutShort(says('abcdef'), 420, 'never')],
  ['silence', silence()],
  ['a page', htmlPage()],
  ['an overloaded API', overloaded()],
  ['a gateway without its API', status(502, 'Bad gateway')],
] as const)('after %s the whole request is sent again', async (_, reply) => {
  await using api = await serveMessages(inOrder([reply, says('so')]))
  const answer = await clientFor(api, { limits: shortLimits }).call(requestOf(), callOptions())
  expect(answer).toMatchObject({ kind: 'answered', content: [{ type: 'text', text: 'so' }], tries: 2 })
  expect(api.requests[1]?.body).toEqual(api.requests[0]?.body)
})

test('tokens of tries that failed are paid for too, and so is an answer that came too late', async () => {
  const half = cutShort(says('x'.repeat(4000), { usage: { input_tokens: 50 } }), 2900, 'closed')
  await using api = await serveMessages(inOrder([half, silence(), says('so')]))
  const answer = await clientFor(api, { limits: shortLimits }).call(requestOf(), callOptions())
  const waste = answer.usage.input - 50 - 10
  expect(answer.tries).toBe(3)
  expect(waste).toBeGreaterThan(20)
  expect(answer.usage.output).toBeGreaterThan(400)
  expect(answer.costUsd).toBeCloseTo((answer.usage.input * price.input + answer.usage.output * price.output) / 1e6)
})

test('a call that failed so often is a fault, with what it cost', async () => {
  await using api = await serveMessages(() => cutShort(says('x'.repeat(400)), 420, 'closed'))
  const client = clientFor(api, { retry: { maxTries: 3 }, breaker: { failuresToOpen: 100 } })
  const answer = await client.call(requestOf(), callOptions())
  expect(answer).toMatchObject({
    kind: 'faulted',
    fault: { kind: 'model-unreachable' },
    tries: 3,
    usage: { input: 30 },
  })
  expect(answer.costUsd).toBeGreaterThan(0)
  expect(answer.kind === 'faulted' && answer.fault.message).toContain('the connection broke off')
})

test('a server that asks to wait for a day is not waited for', async () => {
  await using api = await serveMessages(() => rateLimited('86400'))
  const answer = await clientFor(api).call(requestOf(), callOptions())
  expect(answer).toMatchObject({ kind: 'faulted', fault: { kind: 'model-unreachable' }, tries: 1 })
})

test('a storm of 529 costs no call: all wait while single probes go out, and all are answered after it', async () => {
  const together = Promise.withResolvers<void>()
  const stormy = (request: ApiRequest): WireReply => {
    if (request.ordinal === 31) together.resolve()
    return request.ordinal < 36 ? { ...overloaded(), after: together.promise } : says('so')
  }
  await using api = await serveMessages(stormy)
  const client = clientFor(api, { clock: realClock, retry: { baseMs: 1, capMs: 4 } })
  const answers = await Promise.all(Array.from({ length: 32 }, () => client.call(requestOf(), callOptions())))
  expect(answers.every(({ kind }) => kind === 'answered')).toBe(true)
})

test('an outage is a fault of every call that waits, after few requests', async () => {
  const together = Promise.withResolvers<void>()
  await using api = await serveMessages(({ ordinal }) => {
    if (ordinal === 31) together.resolve()
    return { ...overloaded(), after: together.promise }
  })
  const client = clientFor(api, {
    clock: realClock,
    retry: { baseMs: 20, capMs: 20 },
    breaker: { failuresToOpen: 5, maxOpenMs: 200 },
  })
  const answers = await Promise.all(Array.from({ length: 32 }, () => client.call(requestOf(), callOptions())))
  const kinds = new Set(answers.map((answer) => (answer.kind === 'faulted' ? answer.fault.kind : answer.kind)))
  expect([...kinds]).toEqual(['model-unreachable'])
  // 32 at first, a few that were on their way when it opened, a probe each 10 to 20 ms; ten tries a call would be 320.
  expect(api.requests.length).toBeLessThan(80)
})

test.each([
  refuses(401, 'authentication_error', 'invalid x-api-key'),
  refuses(403, 'permission_error', 'Your key may not use this model'),
  refuses(400, 'invalid_request_error', 'Your credit balance is too low to access the API'),
  refuses(429, 'rate_limit_error', 'You have reached your spend limit'),
  refuses(404, 'not_found_error', 'model: no-such-model'),
])(
  'a refusal of the key, the account or the model is said once, in one sentence, and not tried again',
  async (reply) => {
    await using api = await serveMessages(() => reply)
    const answer = await clientFor(api).call(requestOf(), callOptions())
    expect(answer).toMatchObject({ kind: 'faulted', fault: { kind: 'model-refused' }, costUsd: 0, tries: 1 })
    expect(answer.kind === 'faulted' && answer.fault.message).toMatch(
      /^scripted: 127\.0\.0\.1:\d+ answered \d+: .+; .+$/,
    )
  },
)

test('a conversation that is too long is an answer without content, so that the attempt can go on', async () => {
  const tooLong = refuses(400, 'invalid_request_error', 'prompt is too long: 3 > 2 maximum')
  await using api = await serveMessages(() => tooLong)
  const answer = await clientFor(api).call(requestOf({ system: ['x'.repeat(100_000)] }), callOptions())
  expect(answer).toMatchObject({ kind: 'answered', content: [], stop: 'max-tokens', tries: 1, costUsd: 0 })
  expect(answer).toHaveProperty('note', expect.stringContaining('prompt is too long'))
})

test('a model that a short request is too long for is the wrong model, unless it has answered before', async () => {
  const tooLong = refuses(400, 'invalid_request_error', 'prompt is too long: 3 > 2 maximum')
  await using api = await serveMessages(inOrder([tooLong, says('so'), tooLong]))
  const client = clientFor(api)
  expect(await client.call(requestOf(), callOptions())).toMatchObject({ fault: { kind: 'model-refused' } })
  expect(await client.call(requestOf(), callOptions())).toMatchObject({ stop: 'end' })
  expect(await client.call(requestOf(), callOptions())).toMatchObject({ stop: 'max-tokens', content: [] })
})

test('behind a proxy the platform asks, with the same outcomes', async () => {
  const half = cutShort(says('abcdef'), 420, 'closed')
  await using api = await serveMessages(inOrder([half, says('häßlich', { pieceBytes: 1 })]))
  const answer = await clientFor(api, { isProxied: true }).call(requestOf(), callOptions())
  expect(answer).toMatchObject({ kind: 'answered', content: [{ type: 'text', text: 'häßlich' }], tries: 2 })
})

test('nothing is written to the terminal, not even about a model that will retire', async () => {
  await using api = await serveMessages(() => says('so'))
  const model = 'claude-sonnet-4-5'
  const options = {
    baseUrl: api.url,
    credential: { kind: 'none' },
    version: null,
    isProxied: false,
    models: { explore: model, dockerfile: model, evalScript: model, analyse: model, solve: model },
  }
  const script = `
    const { createModelClient } = await import('./src/llm/model-client.ts')
    const options = { instance_id: 'octo__repo-1', signal: new AbortController().signal }
    const answer = await createModelClient(${JSON.stringify(options)}).call(${JSON.stringify(requestOf())}, options)
    console.log(answer.kind)`
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'pipe' })
  expect(await new Response(child.stdout).text()).toBe('answered\n')
  expect(await new Response(child.stderr).text()).toBe('')
})

test('a bad request stops a run that it is the first of, and is a refusal of this one request later on', async () => {
  const bad = refuses(400, 'invalid_request_error', 'output blocked by content filtering policy')
  const plain = requestOf({ toolChoice: 'auto' })
  await using api = await serveMessages(inOrder([bad, says('so'), bad]))
  const client = clientFor(api)
  expect(await client.call(plain, callOptions())).toMatchObject({ kind: 'faulted', fault: { kind: 'model-refused' } })
  expect(await client.call(plain, callOptions())).toMatchObject({ kind: 'answered', stop: 'end' })
  expect(await client.call(plain, callOptions())).toMatchObject({ kind: 'answered', content: [], stop: 'refusal' })
})

test('a model that refuses to be forced to a tool is asked without force, and never forced again', async () => {
  await using api = await serveMessages(({ body }) =>
    JSON.stringify(body.tool_choice) === '{"type":"any"}'
      ? refuses(400, 'invalid_request_error', 'forced tool use is not supported')
      : says('so'),
  )
  const client = clientFor(api)
  expect(await client.call(requestOf(), callOptions())).toMatchObject({ kind: 'answered', stop: 'end', tries: 2 })
  expect(await client.call(requestOf(), callOptions())).toMatchObject({ kind: 'answered', stop: 'end', tries: 1 })
})

test('thoughts that an API does not take back are left out', async () => {
  const thought: ModelMessage = { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 'old' }] }
  const [opening] = requestOf().messages
  const request = requestOf({
    toolChoice: 'auto',
    messages: [opening as ModelMessage, thought, opening as ModelMessage],
  })
  await using api = await serveMessages(({ body }) =>
    JSON.stringify(body.messages).includes('thinking')
      ? refuses(400, 'invalid_request_error', 'Invalid signature in thinking block')
      : says('so'),
  )
  expect(await clientFor(api).call(request, callOptions())).toMatchObject({ kind: 'answered', tries: 2 })
})

test('an aborted call is the fault that says so, while it waits as well as while it is asked', async () => {
  const asking = new AbortController()
  await using api = await serveMessages(() => {
    asking.abort()
    return silence()
  })
  const interrupted = { kind: 'faulted', fault: { kind: 'interrupted' } }
  const client = clientFor(api, { maxConcurrentCalls: 1 })
  const first = client.call(requestOf(), { ...callOptions(), signal: asking.signal })
  const waiting = client.call(requestOf(), { ...callOptions(), signal: AbortSignal.abort() })
  expect(await waiting).toMatchObject({ ...interrupted, tries: 0 })
  expect(await first).toMatchObject({ ...interrupted, tries: 1 })
})

test('no more calls are under way than may be, and each that ends lets one in', async () => {
  await using api = await serveMessages(() => says('so', { after: new Promise((resolve) => setTimeout(resolve, 1)) }))
  const client = clientFor(api, { clock: realClock, maxConcurrentCalls: 3 })
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.call(requestOf(), callOptions())))
  expect(answers.every(({ kind }) => kind === 'answered')).toBe(true)
  expect(api.mostInFlight).toBe(3)
})

test('512 calls are under way at once', async () => {
  const all = Promise.withResolvers<void>()
  await using api = await serveMessages(({ ordinal }) => {
    if (ordinal === 511) all.resolve()
    return says('so', { after: all.promise })
  })
  const client = clientFor(api, { clock: realClock })
  const answers = await Promise.all(Array.from({ length: 512 }, () => client.call(requestOf(), callOptions())))
  expect(answers.every(({ kind }) => kind === 'answered')).toBe(true)
  expect(api.mostInFlight).toBe(512)
}, 30_000)

test('a key that is not accepted is found without a call, and whatever else a check meets is fine', async () => {
  await using api = await serveMessages(() => says('so'))
  const check = (reply: WireReply) => {
    api.models = () => reply
    return clientFor(api, { limits: shortLimits }).check(new AbortController().signal)
  }
  expect(await check(refuses(401, 'authentication_error', 'invalid x-api-key'))).toMatchObject({ kind: 'refused' })
  expect(await check(refuses(403, 'permission_error', 'forbidden'))).toMatchObject({ kind: 'refused' })
  for (const reply of [status(200, { data: [] }), status(404, 'no'), overloaded(), htmlPage(), reset(), silence()]) {
    expect(await check(reply)).toEqual({ kind: 'fine' })
  }
  expect(api.requests).toHaveLength(0)
})

test('a model without a price is named before a run begins', () => {
  const chosen = { ...models, explore: 'claude-opus-5-5', analyse: 'nobody-knows-me' }
  expect(unpricedModels(chosen, { scripted: price })).toEqual(['nobody-knows-me'])
  expect(() => clientFor({ url: 'http://127.0.0.1:1' }, { models: chosen })).toThrow('nobody-knows-me')
})
