import type { ModelBlock } from '../../src/domain/model-call.ts'

/** What goes over the wire, to the byte. */
export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Generated while it is sent, so that a huge one is never held whole. */
  readonly body: Iterable<string | Uint8Array>
  /** How it ends: as HTTP says, with the connection closed before the end, with a reset, or never. */
  readonly ending: 'complete' | 'closed' | 'reset' | 'never'
  /** Not even a status line. */
  readonly isSilent?: boolean
  /** The body is sent in writes of so many bytes, whatever characters they cut; 0 leaves that to the server. */
  readonly pieceBytes: number
  readonly pauseMs: number
  /** Nothing is sent before this resolves. */
  readonly after?: Promise<unknown>
}

/** A block of an answer; `json` is sent as the tool's input as it is, broken or not; other kinds are sent as given. */
export type ScriptedBlock =
  | Exclude<ModelBlock, { type: 'tool_result' } | { type: 'tool_use' }>
  | { readonly type: 'tool_use'; readonly id?: string; readonly name: string; readonly input: unknown }
  | { readonly type: 'tool_use'; readonly id?: string; readonly name: string; readonly json: string }
  | { readonly type: 'unknown'; readonly block: Readonly<Record<string, unknown>> }

export interface MessageOptions {
  /** As the API names it; by default `tool_use` where a tool is called, else `end_turn`. */
  readonly stopReason?: string
  readonly usage?: Readonly<Record<string, unknown>>
  readonly pieceBytes?: number
  readonly pauseMs?: number
  readonly after?: Promise<unknown>
  /** The answer comes as one JSON document, as from servers that know no streaming. */
  readonly isWhole?: boolean
}

/** A text as the model's whole answer. */
export const says = (text: string, options: MessageOptions = {}): WireReply =>
  message([{ type: 'text', text }], options)

/** One tool call as the model's whole answer. */
export const calls = (name: string, input: unknown, options: MessageOptions = {}): WireReply =>
  message([{ type: 'tool_use', name, input }], options)

/** One tool call whose input is this text instead of the JSON of a value. */
export const callsWithText = (name: string, json: string, options: MessageOptions = {}): WireReply =>
  message([{ type: 'tool_use', name, json }], options)

export function message(content: Iterable<ScriptedBlock>, options: MessageOptions = {}): WireReply {
  return {
    status: 200,
    headers: {
      'content-type': options.isWhole ? 'application/json' : 'text/event-stream',
      'request-id': 'req_scripted',
    },
    body: options.isWhole ? [wholeMessage([...content], options)] : events(content, options),
    ending: 'complete',
    pieceBytes: options.pieceBytes ?? 0,
    pauseMs: options.pauseMs ?? 0,
    ...(options.after === undefined ? {} : { after: options.after }),
  }
}

/** An answer that is no message: an error of the API or of a gateway before it. */
export function status(code: number, body: unknown, headers: Readonly<Record<string, string>> = {}): WireReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const type = typeof body === 'string' ? 'text/html' : 'application/json'
  const plain = { ending: 'complete', pieceBytes: 0, pauseMs: 0 } as const
  return { status: code, headers: { 'content-type': type, ...headers }, body: [text], ...plain }
}

/** An error in the API's own form. */
export const refuses = (
  code: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): WireReply => status(code, { type: 'error', error: { type, message: text } }, headers)

export const rateLimited = (retryAfter: string): WireReply =>
  refuses(429, 'rate_limit_error', 'Too many requests.', { 'retry-after': retryAfter })

export const overloaded = (): WireReply => refuses(529, 'overloaded_error', 'Overloaded')

/** A gateway's page where a message was asked for. */
export const htmlPage = (): WireReply => status(200, '<!DOCTYPE html><title>Welcome</title><h1>Sign in</h1>')

/** Accepts the request and never says a byte. */
export const silence = (): WireReply => ({ ...status(200, ''), body: [], ending: 'never', isSilent: true })

/** Drops the connection as a crashed peer does, before any byte. */
export const reset = (): WireReply => ({ ...silence(), ending: 'reset' })

/** The first so many bytes of a reply's body, and then this ending. */
export const cutShort = (reply: WireReply, bytes: number, ending: 'closed' | 'reset' | 'never'): WireReply => ({
  ...reply,
  body: firstBytes(reply.body, bytes),
  ending,
})

/** A stream that breaks off with an error of the API in place of its end. */
export function failsMidStream(text: string, type = 'overloaded_error'): WireReply {
  const whole = [...events([{ type: 'text', text }], {})]
  return { ...says(text), body: [...whole.slice(0, -3), event('error', { error: { type, message: 'Overloaded' } })] }
}

/** A text of so many bytes. */
export const hugeText = (bytes: number): WireReply => ({ ...says(''), body: hugeEvents(bytes) })

/** One reply that calls a tool this often. */
export const manyCalls = (count: number, name: string): WireReply => message(callsOf(count, name))

function* callsOf(count: number, name: string): Generator<ScriptedBlock> {
  for (let index = 0; index < count; index += 1) yield { type: 'tool_use', id: `toolu_${index}`, name, input: {} }
}

function* hugeEvents(bytes: number): Generator<string> {
  const piece = 'x'.repeat(64 * 1024)
  yield start({})
  yield event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
  for (let sent = 0; sent < bytes; sent += piece.length) {
    yield event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: piece } })
  }
  yield event('content_block_stop', { index: 0 })
  yield* end('end_turn', {})
}

function* events(content: Iterable<ScriptedBlock>, options: MessageOptions): Generator<string> {
  let index = 0
  let callsTool = false
  yield start(options.usage ?? {})
  yield event('ping', {})
  for (const block of content) {
    callsTool ||= block.type === 'tool_use'
    yield* blockEvents(block, index)
    index += 1
  }
  yield* end(options.stopReason ?? (callsTool ? 'tool_use' : 'end_turn'), options.usage ?? {})
}

function start(usage: Readonly<Record<string, unknown>>): string {
  return event('message_start', {
    message: { ...envelope, content: [], stop_reason: null, usage: { ...standardUsage, ...usage, output_tokens: 1 } },
  })
}

function* end(stopReason: string, usage: Readonly<Record<string, unknown>>): Generator<string> {
  const output = usage.output_tokens ?? standardUsage.output_tokens
  yield event('message_delta', {
    delta: { stop_reason: stopReason, stop_sequence: null },
    usage: { output_tokens: output },
  })
  yield event('message_stop', {})
}

function* blockEvents(block: ScriptedBlock, index: number): Generator<string> {
  const shape = (content_block: unknown) => event('content_block_start', { index, content_block })
  const delta = (value: unknown) => event('content_block_delta', { index, delta: value })
  switch (block.type) {
    case 'text':
      yield shape({ type: 'text', text: '' })
      for (const text of halves(block.text)) yield delta({ type: 'text_delta', text })
      break
    case 'thinking':
      yield shape({ type: 'thinking', thinking: '', signature: '' })
      yield delta({ type: 'thinking_delta', thinking: block.thinking })
      yield delta({ type: 'signature_delta', signature: block.signature })
      break
    case 'redacted_thinking':
      yield shape(block)
      break
    case 'tool_use':
      yield shape({ type: 'tool_use', id: block.id ?? `toolu_${index}`, name: block.name, input: {} })
      for (const partial_json of halves(inputJson(block))) yield delta({ type: 'input_json_delta', partial_json })
      break
    case 'unknown':
      yield shape(block.block)
      break
  }
  yield event('content_block_stop', { index })
}

const envelope = { id: 'msg_scripted', type: 'message', role: 'assistant', model: 'scripted', stop_sequence: null }
const standardUsage = {
  input_tokens: 10,
  output_tokens: 5,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
}

function wholeMessage(content: readonly ScriptedBlock[], options: MessageOptions): string {
  const blocks = content.map((block, index) => {
    if (block.type === 'unknown') return block.block
    if (block.type !== 'tool_use') return block
    const input: unknown = JSON.parse(inputJson(block))
    return { type: 'tool_use', id: block.id ?? `toolu_${index}`, name: block.name, input }
  })
  const callsTool = content.some((block) => block.type === 'tool_use')
  const stop_reason = options.stopReason ?? (callsTool ? 'tool_use' : 'end_turn')
  return JSON.stringify({ ...envelope, content: blocks, stop_reason, usage: { ...standardUsage, ...options.usage } })
}

const inputJson = (block: ScriptedBlock & { type: 'tool_use' }): string =>
  'json' in block ? block.json : JSON.stringify(block.input)

const event = (type: string, value: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...value })}\n\n`

const halves = (text: string): string[] =>
  [text.slice(0, text.length >> 1), text.slice(text.length >> 1)].filter((half) => half !== '')

function* firstBytes(body: Iterable<string | Uint8Array>, bytes: number): Generator<Uint8Array> {
  let left = bytes
  for (const chunk of body) {
    const piece = Buffer.from(chunk).subarray(0, left)
    left -= piece.length
    if (piece.length > 0) yield piece
    if (left === 0) return
  }
}
