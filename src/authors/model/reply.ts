import type { ModelBlock } from '../../domain/model-call.ts'
import { isRecord } from '../../util/is-record.ts'
import { plainText } from './steady-text.ts'

/** A tool call as it is kept. Where `problem` is set, its input could not be read and it is not executed. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly input: unknown
  readonly problem: string | null
}

/** What is kept of a reply: it goes back to the model with every later call, so it is bounded and well formed. */
export interface KeptReply {
  /** Never empty, since a message without content is refused by the API. */
  readonly content: readonly ModelBlock[]
  readonly calls: readonly ToolCall[]
  readonly isEmpty: boolean
  /** Blocks that were not even looked at. */
  readonly leftOut: number
}

const maxBlocks = 64
const maxTextLength = 32 * 1024
const maxThinkingLength = 512 * 1024
const maxInputLength = 128 * 1024
const maxNameLength = 64
const maxDepth = 32

/** Bounds a reply and gives each call an id that no other call of the conversation has; the ids are added to `usedIds`. */
export function keepReply(content: readonly ModelBlock[], usedIds: Set<string>): KeptReply {
  const kept: ModelBlock[] = []
  const calls: ToolCall[] = []
  const withThinking = thinkingLength(content) <= maxThinkingLength
  let textLeft = maxTextLength
  for (const block of content.slice(0, maxBlocks)) {
    if (block.type === 'text') {
      const text = plainText(block.text.slice(0, textLeft))
      textLeft -= text.length
      if (text.trim() !== '') kept.push({ type: 'text', text })
    } else if (block.type === 'tool_use') {
      const { call, shown } = readCall(block, usedIds)
      calls.push(call)
      kept.push(shown)
    } else if (block.type !== 'tool_result' && withThinking) {
      kept.push(block)
    }
  }
  return {
    content: kept.some(({ type }) => type === 'text' || type === 'tool_use') ? kept : [...kept, nothing],
    calls,
    isEmpty: kept.length === 0,
    leftOut: Math.max(0, content.length - maxBlocks),
  }
}

const nothing = { type: 'text', text: '(nothing)' } as const

/** Thinking is signed: it is kept as it is, or not at all. */
function thinkingLength(content: readonly ModelBlock[]): number {
  return content.reduce((sum, block) => {
    if (block.type === 'thinking') return sum + block.thinking.length + block.signature.length
    return block.type === 'redacted_thinking' ? sum + block.data.length : sum
  }, 0)
}

function readCall(
  block: Extract<ModelBlock, { type: 'tool_use' }>,
  usedIds: Set<string>,
): { readonly call: ToolCall; readonly shown: ModelBlock } {
  const id = freshId(block.id, usedIds)
  const name = block.name.replace(/[^\w-]/g, '_').slice(0, maxNameLength) || 'unnamed'
  const read = readInput(block.input)
  const call = { id, name, ...(read.kind === 'read' ? { input: read.input, problem: null } : { input: null, ...read }) }
  const input = read.kind === 'read' ? read.input : { unreadable: read.problem }
  return { call, shown: { type: 'tool_use', id, name, input } }
}

/** Ids are the model's, unless they are of a form that the API refuses or were there before. */
function freshId(id: string, usedIds: Set<string>): string {
  const isUsable = /^[\w-]{1,128}$/.test(id) && !usedIds.has(id)
  let fresh = id
  for (let number = usedIds.size + 1; !isUsable && (fresh === id || usedIds.has(fresh)); number += 1) {
    fresh = `call_${number}`
  }
  usedIds.add(fresh)
  return fresh
}

type ReadInput =
  | { readonly kind: 'read'; readonly input: Readonly<Record<string, unknown>> }
  | { readonly kind: 'unreadable'; readonly problem: string }

function readInput(input: unknown): ReadInput {
  if (!isRecord(input)) return { kind: 'unreadable', problem: 'The input is not a JSON object, or its JSON is broken.' }
  if (isDeeper(input, maxDepth)) return { kind: 'unreadable', problem: 'The input is nested too deeply.' }
  const json = JSON.stringify(input, (_, value) => plainValue(value))
  if (json.length <= maxInputLength) return { kind: 'read', input: JSON.parse(json) }
  return { kind: 'unreadable', problem: `The input is too long: ${json.length} characters of ${maxInputLength}.` }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [plainText(key), inner]))
}
