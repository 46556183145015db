import type { Trajectory, TrajectoryMessage, TrajectoryTool } from '../domain/trajectory.ts'
import { isRecord } from '../util/is-record.ts'
import { wellFormed } from '../util/well-formed.ts'
import type { RowProblem } from './problem.ts'

/** A call as another scaffold wrote it. */
export interface ForeignCall {
  readonly id: string
  readonly name: string
  /** JSON in a text, or an object. */
  readonly arguments: unknown
}

/** A message as another scaffold wrote it, before it is checked. */
export type ForeignMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | {
      readonly role: 'assistant'
      readonly content: string
      readonly thinking?: string
      readonly calls: readonly ForeignCall[]
    }
  | { readonly role: 'tool'; readonly callId: string; readonly content: string; readonly isError: boolean }

export type BuiltTrajectory =
  | { readonly kind: 'built'; readonly trajectory: Trajectory; readonly problems: readonly RowProblem[] }
  | { readonly kind: 'refused'; readonly problems: readonly RowProblem[] }

const mebibyte = 1024 * 1024
const textLimitBytes = 8 * mebibyte

/**
 * Puts messages into our form: ids of calls unique, each result with its call, texts without lone surrogates. What does
 * not fit refuses the whole, since leaving a part out would tell another story; `place` names a message for people.
 */
export function buildTrajectory(
  messages: readonly ForeignMessage[],
  tools: readonly TrajectoryTool[],
  place: (index: number) => string,
): BuiltTrajectory {
  const builder = new Builder(place)
  for (const [index, message] of messages.entries()) builder.add(message, index)
  return builder.build(tools)
}

class Builder {
  readonly #place: (index: number) => string
  readonly #messages: TrajectoryMessage[] = []
  readonly #problems: RowProblem[] = []
  /** Calls that no result came for yet, by the id that the scaffold gave; and where they were made. */
  readonly #open = new Map<string, { readonly id: string; readonly index: number }>()
  readonly #ids = new Set<string>()
  #mended: { readonly first: number; count: number } | null = null

  constructor(place: (index: number) => string) {
    this.#place = place
  }

  add(message: ForeignMessage, index: number): void {
    if (message.role === 'assistant') {
      this.#requireResults(index)
      const thinking = message.thinking === undefined ? {} : { thinking: this.#text(message.thinking, index) }
      const toolCalls = message.calls.map((call) => this.#call(call, index))
      this.#messages.push({ role: 'assistant', content: this.#text(message.content, index), ...thinking, toolCalls })
    } else if (message.role === 'tool') {
      const { content, isError } = message
      const toolCallId = this.#answer(message.callId, index)
      this.#messages.push({ role: 'tool', toolCallId, content: this.#text(content, index), isError })
    } else {
      this.#messages.push({ role: message.role, content: this.#text(message.content, index) })
    }
  }

  build(tools: readonly TrajectoryTool[]): BuiltTrajectory {
    if (!this.#messages.some(({ role }) => role === 'assistant')) {
      this.#error('E_TRAJ_EMPTY', 'holds no message of a model — was the run cut off before it began?')
    }
    if (this.#mended !== null) {
      const { first, count } = this.#mended
      const others = count === 1 ? '' : `, as do ${count - 1} other texts`
      const what = `${this.#place(first)} holds a lone surrogate${others}`
      const message = `${what} — each is read as U+FFFD`
      this.#problems.push({ severity: 'warning', code: 'E_TRAJ_TEXT', message })
    }
    const problems = this.#problems
    if (problems.some(({ severity }) => severity === 'error')) return { kind: 'refused', problems }
    return { kind: 'built', trajectory: { tools, messages: this.#messages }, problems }
  }

  #call({ id, name, arguments: given }: ForeignCall, index: number) {
    let unique = id
    for (let n = 2; this.#ids.has(unique); n += 1) unique = `${id}-${n}`
    this.#ids.add(unique)
    this.#open.set(id, { id: unique, index })
    return { id: unique, name: this.#text(name, index), arguments: this.#arguments(given, index) }
  }

  #arguments(given: unknown, index: number): Readonly<Record<string, unknown>> | string {
    const value = typeof given === 'string' ? parsedOr(given) : given
    if (!isRecord(value)) return this.#text(typeof value === 'string' ? value : JSON.stringify(value ?? null), index)
    if (!this.#isBounded(JSON.stringify(value), index)) return {}
    const mended = wellFormed(value) as Readonly<Record<string, unknown>>
    if (mended !== value) this.#noteMended(index)
    return mended
  }

  #answer(callId: string, index: number): string {
    const call = this.#open.get(callId)
    if (call === undefined) {
      const what = `${this.#place(index)} is the result of the call ${JSON.stringify(callId).slice(0, 80)}`
      this.#error('E_TRAJ_RESULT', `${what}, which nothing before it makes — leave the trajectory out`)
      return callId
    }
    this.#open.delete(callId)
    return call.id
  }

  /** Only the last step may go without results: the run ended there. */
  #requireResults(index: number): void {
    for (const [id, call] of this.#open) {
      const what = `the call ${JSON.stringify(id).slice(0, 80)} of ${this.#place(call.index)} has no result`
      this.#error('E_TRAJ_CALL', `${what} before ${this.#place(index)} — leave the trajectory out`)
    }
    this.#open.clear()
  }

  #text(text: string, index: number): string {
    if (!this.#isBounded(text, index)) return ''
    if (text.isWellFormed()) return text
    this.#noteMended(index)
    return text.toWellFormed()
  }

  #isBounded(text: string, index: number): boolean {
    const bytes = Buffer.byteLength(text)
    if (bytes <= textLimitBytes) return true
    const size = `${Math.ceil(bytes / mebibyte)} MiB, limit ${textLimitBytes / mebibyte} MiB`
    this.#error('E_TRAJ_LONG', `${this.#place(index)} has a text of ${size} — leave the trajectory out`)
    return false
  }

  #noteMended(index: number): void {
    this.#mended = { first: this.#mended?.first ?? index, count: (this.#mended?.count ?? 0) + 1 }
  }

  #error(code: string, message: string): void {
    this.#problems.push({ severity: 'error', code, message })
  }
}

/** Arguments that are no JSON object are kept as the text that the model wrote. */
function parsedOr(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : text
  } catch {
    return text
  }
}
