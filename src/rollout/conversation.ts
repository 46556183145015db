import { keepReply } from '../authors/model/reply.ts'
import type { ModelAnswer, ModelBlock, ModelMessage } from '../domain/model-call.ts'
import type { ToolCall, Trajectory, TrajectoryMessage, TrajectoryTool } from '../domain/trajectory.ts'
import { isRecord } from '../util/is-record.ts'
import { shownText } from './shown-text.ts'

/** A reply of a model as it goes back to it, and what it calls. */
export interface SolverReply {
  readonly message: ModelMessage
  readonly calls: ReturnType<typeof keepReply>['calls']
  readonly isEmpty: boolean
}

const maxRawLength = 32 * 1024

/** Bounds a reply. The input of a call that is no JSON object stays as the text that the model wrote. */
export function readReply(content: readonly ModelBlock[], usedIds: Set<string>): SolverReply {
  const { content: kept, calls, isEmpty } = keepReply(content, usedIds)
  const written = content.filter((block) => block.type === 'tool_use')
  const problems = new Map(calls.flatMap(({ id, problem }, index) => (problem === null ? [] : [[id, index] as const])))
  const blocks = kept.map((block): ModelBlock => {
    const index = block.type === 'tool_use' ? problems.get(block.id) : undefined
    return index === undefined || block.type !== 'tool_use'
      ? block
      : { ...block, input: rawText(written[index]?.input) }
  })
  return { message: { role: 'assistant', content: blocks }, calls, isEmpty }
}

function rawText(input: unknown): string {
  const text = typeof input === 'string' ? input : (JSON.stringify(input) ?? '')
  return shownText(text.slice(0, maxRawLength))
}

/** About how many tokens a request has that adds these messages to the one that was answered so. */
export function requestTokens(
  answer: Extract<ModelAnswer, { kind: 'answered' }>,
  messages: readonly ModelMessage[],
  added: readonly ModelMessage[],
): number {
  const { input, cacheRead, cacheWrite, output } = answer.usage
  const prompt = input + cacheRead + cacheWrite
  // What was sent in vain is counted too, so that after a second try the sum says nothing about one request.
  const isCounted = prompt > 0 && answer.tries === 1
  return isCounted ? prompt + output + aboutTokens(added) : aboutTokens([...messages, ...added])
}

const charactersPerToken = 4

function aboutTokens(messages: readonly ModelMessage[]): number {
  return Math.ceil(JSON.stringify(messages).length / charactersPerToken)
}

/** All that was said, message by message, as trainers have it: results of tools are messages of their own. */
export function trajectoryOf(
  system: string,
  tools: readonly TrajectoryTool[],
  messages: readonly ModelMessage[],
): Trajectory {
  return { tools, messages: [{ role: 'system', content: system }, ...messages.flatMap(toldMessages)] }
}

function toldMessages({ role, content }: ModelMessage): readonly TrajectoryMessage[] {
  if (role === 'assistant') return [toldReply(content)]
  return content.flatMap((block): TrajectoryMessage[] => {
    if (block.type === 'text') return [{ role: 'user', content: block.text }]
    if (block.type !== 'tool_result') return []
    const { tool_use_id: toolCallId, content: text, is_error: isError = false } = block
    return [{ role: 'tool', toolCallId, content: text, isError }]
  })
}

function toldReply(content: readonly ModelBlock[]): TrajectoryMessage {
  const thinking = content
    .flatMap((block) => (block.type === 'thinking' ? [shownText(block.thinking)] : []))
    .join('\n\n')
  return {
    role: 'assistant',
    content: content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n\n'),
    ...(thinking === '' ? {} : { thinking }),
    toolCalls: content.flatMap((block) => (block.type === 'tool_use' ? [toldCall(block)] : [])),
  }
}

function toldCall({ id, name, input }: Extract<ModelBlock, { type: 'tool_use' }>): ToolCall {
  return { id, name, arguments: isRecord(input) ? input : String(input) }
}
