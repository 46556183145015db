import type { MessageCreateParamsStreaming, MessageParam } from '@anthropic-ai/sdk/resources/messages'
import type { ModelBlock, ModelMessage, ModelRequest } from '../domain/model-call.ts'
import { isRecord } from '../util/is-record.ts'

/** How much a model is to think: a bound in tokens, as older models take it, or a level, as newer ones do. */
export type Thinking =
  | { readonly budgetTokens: number }
  | { readonly effort: 'low' | 'medium' | 'high' | 'xhigh' | 'max' }

/** Parts of a request that some models refuse and that a request can do without. */
export interface RequestForm {
  /** `toolChoice: 'any'` is sent as such. */
  readonly forcesTools: boolean
  /** What the model thought before is sent back to it. */
  readonly keepsThinking: boolean
}

const cacheControl = { type: 'ephemeral' } as const
/** The least budget that the API takes. */
const fewestThinkingTokens = 1024

/**
 * A request as the Messages API takes it. Tools and system prompt are cached as one prefix, and so is the conversation up
 * to its last block, so that the next call of the session pays for what is new alone.
 */
export function requestBody(
  request: ModelRequest,
  model: string,
  thinking: Thinking | null,
  form: RequestForm,
): MessageCreateParamsStreaming {
  const { system, tools, maxTokens, temperature } = request
  const thinks = thinkingOf(thinking, maxTokens)
  const forces = form.forcesTools && request.toolChoice === 'any' && thinks === null
  return {
    model,
    max_tokens: maxTokens,
    stream: true,
    ...(temperature === undefined ? {} : { temperature }),
    ...(system.length === 0 ? {} : { system: withCache(system.map((text) => ({ type: 'text' as const, text }))) }),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, inputSchema }) => ({
            name,
            description,
            input_schema: { ...inputSchema, type: 'object' as const },
          })),
          tool_choice: { type: forces ? ('any' as const) : ('auto' as const) },
        }),
    ...thinks,
    messages: messagesOf(request.messages, form.keepsThinking),
  }
}

/** Half of the tokens stay for the answer. Tools cannot be forced on a model that was told to think. */
function thinkingOf(
  thinking: Thinking | null,
  maxTokens: number,
): Pick<MessageCreateParamsStreaming, 'thinking' | 'output_config'> | null {
  if (thinking === null) return null
  if ('effort' in thinking) return { thinking: { type: 'adaptive' }, output_config: { effort: thinking.effort } }
  const budget_tokens = Math.min(thinking.budgetTokens, Math.floor(maxTokens / 2))
  return budget_tokens < fewestThinkingTokens ? null : { thinking: { type: 'enabled', budget_tokens } }
}

/** The API takes no message without content, and joins what one side says in a row. */
function messagesOf(messages: readonly ModelMessage[], keepsThinking: boolean): MessageParam[] {
  const spoken = messages
    .map(({ role, content }) => ({ role, content: content.filter((block) => isSent(block, keepsThinking)) }))
    .filter(({ content }) => content.length > 0)
  return spoken.map(({ role, content }, index) => {
    const blocks = content.map(blockOf)
    return { role, content: index === spoken.length - 1 ? withCache(blocks) : blocks }
  })
}

function isSent(block: ModelBlock, keepsThinking: boolean): boolean {
  if (block.type === 'thinking' || block.type === 'redacted_thinking') return keepsThinking
  return block.type !== 'text' || block.text.trim() !== ''
}

type SentBlock = Exclude<MessageParam['content'], string>[number]

/** Input that is no object is wrapped into one: the API refuses it otherwise, and with it all that follows. */
function blockOf(block: ModelBlock): SentBlock {
  if (block.type !== 'tool_use') return block
  const { input } = block
  return { ...block, input: isRecord(input) ? input : { unreadable: input } }
}

function withCache<T extends SentBlock>(blocks: readonly T[]): T[] {
  const last = blocks.at(-1)
  if (last === undefined || last.type === 'thinking' || last.type === 'redacted_thinking') return [...blocks]
  return [...blocks.slice(0, -1), { ...last, cache_control: cacheControl }]
}
