import type { ModelUsage } from '../domain/model-call.ts'
import { isRecord } from '../util/is-record.ts'
import { contentAt, fail, listAt, numberOr, recordAt, textOr, thinkingOf, toolsOf } from './trajectories-fields.ts'
import type { ForeignRollout } from './trajectories-foreign.ts'
import type { ForeignCall, ForeignMessage } from './trajectories-messages.ts'
import { noTools, unknownRole } from './trajectories-swe-agent.ts'

type Fields = Readonly<Record<string, unknown>>

/** Events that were never sent to a model. */
const silent = new Set([
  ...['ConversationStateUpdateEvent', 'ConversationErrorEvent', 'PauseEvent', 'InterruptEvent', 'TokenEvent'],
  ...['StreamingDeltaEvent', 'LLMCompletionLogEvent', 'HookExecutionEvent', 'CondensationRequest'],
])

/** A line of OpenHands' `output.jsonl`: the events of a conversation are in `history`. */
export function readOpenHands(row: Fields): ForeignRollout {
  const events = listAt(row.history, '"history"').map((event, index) => recordAt(event, `history[${index}]`))
  const reading = new Reading()
  for (const [index, event] of events.entries()) reading.event(event, index)
  const testResult = isRecord(row.test_result) ? row.test_result : {}
  const metadata = isRecord(row.metadata) ? row.metadata : {}
  const metrics = isRecord(row.metrics) ? row.metrics : {}
  const tools = toolsOf(reading.tools)
  return {
    messages: reading.messages,
    place: (index) => `history[${reading.indices[index] ?? 0}]`,
    tools: tools ?? [],
    warnings: [...(tools === null ? [noTools] : []), ...(reading.isCondensed ? [condensed] : [])],
    model: isRecord(metadata.llm) ? textOr(metadata.llm.model, 'unknown') : 'unknown',
    model_patch: textOr(testResult.git_patch, ''),
    ending: 'imported',
    usage: usageOf(metrics),
    costUsd: numberOr(metrics.accumulated_cost, 0),
    ...(typeof row.instance_id === 'string' ? { instance_id: row.instance_id } : {}),
    number: Math.max(1, Math.trunc(numberOr(row.attempt, 1))),
  }
}

const condensed = {
  severity: 'warning',
  code: 'E_TRAJ_CONDENSED',
  message: 'the history was condensed on the way — later steps saw a summary of what the trajectory shows whole',
} as const

class Reading {
  readonly messages: ForeignMessage[] = []
  /** Of the event that each message begins with. */
  readonly indices: number[] = []
  tools: unknown = null
  isCondensed = false
  #responseId: unknown = null

  event(event: Fields, index: number): void {
    const place = `history[${index}]`
    const { kind } = event
    if (typeof kind !== 'string') {
      fail('E_TRAJ_FORMAT', `${place} has no "kind" — events of OpenHands before 1.0 cannot be read`)
    }
    if (kind === 'Condensation' || kind === 'CondensationSummaryEvent') this.isCondensed = true
    else if (kind === 'ActionEvent') this.#action(event, index, place)
    else if (!silent.has(kind)) this.#add(this.#message(kind, event, place), index)
  }

  /** Calls of one reply are events of their own, one after the other. */
  #action(event: Fields, index: number, place: string): void {
    const call = callOf(event.tool_call, place)
    const last = this.messages.at(-1)
    if (
      last?.role === 'assistant' &&
      event.llm_response_id !== undefined &&
      event.llm_response_id === this.#responseId
    ) {
      this.messages[this.messages.length - 1] = { ...last, calls: [...last.calls, call] }
      return
    }
    this.#add(
      { role: 'assistant', content: contentAt(event.thought, place), ...thinkingOf(event), calls: [call] },
      index,
    )
    this.#responseId = event.llm_response_id
  }

  #add(message: ForeignMessage, index: number): void {
    this.#responseId = null
    this.messages.push(message)
    this.indices.push(index)
  }

  #message(kind: string, event: Fields, place: string): ForeignMessage {
    switch (kind) {
      case 'SystemPromptEvent':
        this.tools = event.tools
        return { role: 'system', content: joined([event.system_prompt, event.dynamic_context].filter(isRecord), place) }
      case 'MessageEvent':
        return spoken(event, place)
      case 'ObservationEvent': {
        const { content, is_error } = recordAt(event.observation, `the observation of ${place}`)
        const isError = is_error === true
        const text = [contentAt(content, place), contentAt(event.extended_content, place)].filter((one) => one !== '')
        return result(event, `${isError ? errorHead : ''}${text.join('\n')}`, isError)
      }
      case 'AgentErrorEvent':
        return result(event, textOr(event.error, ''), true)
      case 'UserRejectObservation':
        return result(event, `Action rejected: ${textOr(event.rejection_reason, '')}`, true)
      default:
        return fail('E_TRAJ_EVENT', `${place} is an event of the unknown kind ${JSON.stringify(kind).slice(0, 60)}`)
    }
  }
}

/** What OpenHands writes before the content of an error. */
const errorHead = '[An error occurred during execution.]\n'

function result(event: Fields, content: string, isError: boolean): ForeignMessage {
  return { role: 'tool', callId: textOr(event.tool_call_id, ''), content, isError }
}

function spoken(event: Fields, place: string): ForeignMessage {
  const message = recordAt(event.llm_message, `the message of ${place}`)
  const extended = Array.isArray(event.extended_content) ? event.extended_content : []
  const content = joined([message.content, extended], place)
  switch (message.role) {
    case 'user':
    case 'system':
      return { role: message.role, content }
    case 'assistant':
      return { role: 'assistant', content, ...thinkingOf(message), calls: [] }
    default:
      return unknownRole(message.role, place)
  }
}

function joined(contents: readonly unknown[], place: string): string {
  const texts = contents.map((content) => contentAt(isRecord(content) ? [content] : content, place))
  return texts.filter((text) => text !== '').join('\n')
}

function callOf(value: unknown, place: string): ForeignCall {
  const { id, name, arguments: given } = recordAt(value, `the call of ${place}`)
  if (typeof name !== 'string') return fail('E_TRAJ_FIELD', `the call of ${place} names no tool`)
  return { id: textOr(id, ''), name, arguments: given }
}

function usageOf({ accumulated_token_usage }: Fields): ModelUsage {
  const used = isRecord(accumulated_token_usage) ? accumulated_token_usage : {}
  const cacheRead = numberOr(used.cache_read_tokens, 0)
  const cacheWrite = numberOr(used.cache_write_tokens, 0)
  const input = Math.max(0, numberOr(used.prompt_tokens, 0) - cacheRead - cacheWrite)
  return { input, output: numberOr(used.completion_tokens, 0), cacheWrite, cacheRead }
}
