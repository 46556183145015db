import * as v from 'valibot'
import type { NodeView } from './node-view.ts'

/** Raised with every change of what is said through a control door. */
const doorVersion = 2

/** What another process asks of the one that runs a run. */
export type ControlRequest =
  /** For nothing but how the run stands. */
  | { readonly command: 'look' }
  | { readonly command: 'pause' | 'resume' }
  /** `isNow`: what runs is given back, and not finished. */
  | { readonly command: 'stop'; readonly isNow: boolean }
  | { readonly command: 'drain'; readonly nodes: readonly string[]; readonly isUndone: boolean }
  | { readonly command: 'slots'; readonly node: string; readonly slots: number }
  | { readonly command: 'retry'; readonly instance_id: string }
  | TailRequest

/** For the end of what an attempt prints now. */
export interface TailRequest {
  readonly command: 'tail'
  readonly attempt: number
}

export interface TailReply {
  readonly kind: 'tail'
  /** Null where nobody who runs it answers. */
  readonly text: string | null
}

/** What came of a request: nothing is done where it is not `done`. */
export type ControlReply =
  | {
      readonly kind: 'done'
      readonly isPaused: boolean
      /** Attempts that wait for a node. */
      readonly waiting: number
      readonly nodes: readonly NodeLoad[]
    }
  | TailReply
  | { readonly kind: 'unknown-node'; readonly node: string; readonly nodes: readonly string[] }
  /** `explanation` says in one line why. `beginning`: it may be asked again in a moment. */
  | { readonly kind: 'refused' | 'beginning'; readonly explanation: string }

export type NodeLoad = Pick<NodeView, 'node' | 'state' | 'slots' | 'running' | 'waiting'>

const version = v.literal(doorVersion)
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(1024))

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const requestSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.variant('command', [
    v.strictObject({ version, command: v.literal('look') }),
    v.strictObject({ version, command: v.literal('pause') }),
    v.strictObject({ version, command: v.literal('resume') }),
    v.strictObject({ version, command: v.literal('stop'), isNow: v.boolean() }),
    v.strictObject({
      version,
      command: v.literal('drain'),
      nodes: v.pipe(v.array(name), v.minLength(1), v.maxLength(1024)),
      isUndone: v.boolean(),
    }),
    v.strictObject({
      version,
      command: v.literal('slots'),
      node: name,
      slots: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256)),
    }),
    v.strictObject({ version, command: v.literal('retry'), instance_id: name }),
    v.strictObject({ version, command: v.literal('tail'), attempt: count }),
  ]),
)

const replySchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.variant('kind', [
    v.strictObject({
      kind: v.literal('done'),
      isPaused: v.boolean(),
      waiting: count,
      nodes: v.array(
        v.strictObject({
          node: v.string(),
          state: v.picklist(['starting', 'up', 'draining', 'silent', 'lost', 'aside', 'stopped']),
          slots: count,
          running: count,
          waiting: count,
        }),
      ),
    }),
    v.strictObject({ kind: v.literal('tail'), text: v.nullable(v.string()) }),
    v.strictObject({ kind: v.literal('unknown-node'), node: v.string(), nodes: v.array(v.string()) }),
    v.strictObject({ kind: v.picklist(['refused', 'beginning']), explanation: v.string() }),
  ]),
)

export function requestLine(request: ControlRequest): string {
  return `${JSON.stringify({ version: doorVersion, ...request })}\n`
}

/** Null where the line is not a request that this openswe knows. */
export function parseRequest(line: string): ControlRequest | null {
  const parsed = v.safeParse(requestSchema, line)
  if (!parsed.success) return null
  const { version: _, ...request } = parsed.output
  return request
}

export function replyLine(reply: ControlReply): string {
  return `${JSON.stringify(reply)}\n`
}

/** Null where the line is not a reply that this openswe knows. */
export function parseReply(line: string): ControlReply | null {
  const parsed = v.safeParse(replySchema, line)
  return parsed.success ? parsed.output : null
}
