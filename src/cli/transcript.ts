import { formatUsd } from '../domain/budget.ts'
import type { ModelBlock } from '../domain/model-call.ts'
import { type CallContent, type CallFacts, callsOfAttempt, readCall } from '../store/sessions.ts'
import type { Store } from '../store/store.ts'
import { isRecord } from '../util/is-record.ts'
import { printable } from '../util/printable.ts'
import { formatDuration } from '../util/quantity.ts'

/** Everything that was said for an attempt, a part at a time: session by session, in the order they began. */
export function* transcriptOf(store: Store, attemptId: number): Generator<string> {
  const sessions = Map.groupBy(callsOfAttempt(store, attemptId), (call) => call.session)
  for (const calls of sessions.values()) {
    for (const [index, call] of calls.entries()) {
      const content = readCall(store, call.call)
      yield printable(
        `${content.isBeginning ? beginning(call, content, index > 0) : ''}${spoken(call, content)}`,
        'lines',
      )
    }
  }
}

function beginning(call: CallFacts, { system, tools }: CallContent, isAnew: boolean): string {
  const title = `===== ${call.session}: ${call.model} as ${call.role}${isAnew ? ', begun anew' : ''}\n`
  const names = tools.map(({ name }) => name).join(', ')
  return `${title}${part('system', system.join('\n\n'))}--- tools: ${names || 'none'}\n`
}

/** What the model said itself is its answer; it stands in the next call's messages as well, and is left out there. */
function spoken(call: CallFacts, { messages, answer }: CallContent): string {
  const said = messages.filter(({ role }) => role === 'user').flatMap(({ content }) => content)
  return `${said.map((block) => blockText('user', block)).join('')}${answerText(call, answer)}`
}

function answerText(call: CallFacts, answer: CallContent['answer']): string {
  if (call.ending === 'open') return `--- ${call.role} is asked · at most ${formatUsd(call.cost_usd)}\n`
  const title = `--- ${[`${call.role} answers`, ...factsOf(call)].join(' · ')}\n`
  switch (call.ending) {
    case 'answered': {
      const stop =
        call.stop === 'end' || call.stop === 'tool-use'
          ? ''
          : `--- it stopped: ${call.stop}${call.note === null ? '' : `, ${call.note}`}\n`
      return `${title}${(answer ?? []).map((block) => blockText('text', block)).join('')}${stop}`
    }
    case 'faulted':
      return `${title}--- fault ${call.fault?.kind}: ${call.fault?.message}\n`
    case 'unknown':
      return `${title}--- cut off; all that was reserved counts as its cost\n`
  }
}

function factsOf(call: CallFacts): string[] {
  const input = call.input_tokens + call.cache_write_tokens + call.cache_read_tokens
  return [
    `${input} tokens in${call.cache_read_tokens === 0 ? '' : ` (${call.cache_read_tokens} cached)`}`,
    `${call.output_tokens} out`,
    formatUsd(call.cost_usd),
    ...(call.duration_ms === null ? [] : [formatDuration(call.duration_ms)]),
    ...(call.tries > 1 ? [`${call.tries} tries`] : []),
  ]
}

function blockText(speaker: string, block: ModelBlock): string {
  switch (block.type) {
    case 'text':
      return part(speaker, block.text)
    case 'thinking':
      return part('thinking', block.thinking)
    case 'redacted_thinking':
      return '--- thinking, which its maker keeps to itself\n'
    case 'tool_use':
      return part(`calls ${block.name}`, inputText(block.input))
    case 'tool_result':
      return part(block.is_error ? 'tool result, an error' : 'tool result', block.content)
  }
}

/** A field a line, long texts as they are and not as JSON: a Dockerfile is to be read. */
export function inputText(input: unknown): string {
  if (!isRecord(input)) return textOf(input)
  return Object.entries(input)
    .map(([name, value]) => {
      const text = textOf(value)
      return text.includes('\n') ? `${name}:\n${text}` : `${name}: ${text}`
    })
    .join('\n')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A title, and a text below it that ends its line. */
export function part(title: string, text: string): string {
  return `--- ${title}\n${text === '' || text.endsWith('\n') ? text : `${text}\n`}`
}
