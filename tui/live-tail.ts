import { oneLine } from './cell.ts'
import { age } from './figures.ts'
import type { Theme } from './theme.ts'
import type { OpenInstance } from './view.ts'
import { asPrinted, wrapLines } from './wrap.ts'

/** It is asked for so often, while somebody looks at it. */
const tailEveryMs = 1_000

/** What an attempt prints, as far as it was heard of. */
export interface LiveTail {
  readonly attemptId: number
  /** Null before anybody answered. */
  readonly text: string | null
  readonly heardAtMs: number
  /** Nobody answered when it was last asked for. */
  readonly isSilent: boolean
  /** Infinity while it is asked for. */
  readonly nextMs: number
}

export function unheardTail(attemptId: number): LiveTail {
  return { attemptId, text: null, heardAtMs: 0, isSilent: false, nextMs: Number.NEGATIVE_INFINITY }
}

/** After an answer; null where nobody gave one: then what was heard last stays. */
export function heard(tail: LiveTail, text: string | null, nowMs: number): LiveTail {
  const nextMs = nowMs + tailEveryMs
  return text === null
    ? { ...tail, isSilent: true, nextMs }
    : { ...tail, text, heardAtMs: nowMs, isSilent: false, nextMs }
}

export function liveLines(theme: Theme, { text, isSilent }: LiveTail, width: number): readonly string[] {
  const line = (words: string) => [theme.style('faint', oneLine(theme, ` ${words}`))]
  if (text === '') return line('It has printed nothing yet.')
  if (text === null) return line(isSilent ? 'Nobody who runs it answers yet.' : 'Asking its node for what it prints.')
  return wrapLines(theme, asPrinted(text).replace(/^\n|\n$/g, ''), width)
}

/** What is to be known of a text that is not the newest; empty where it is. */
export function liveNote(tail: LiveTail, top: OpenInstance['top'], isRunning: boolean, nowMs: number): string {
  if (!isRunning) return 'it has ended'
  if (top !== 'end') return 'stands still; G follows it'
  return tail.isSilent && tail.text !== null ? `last heard of ${age(nowMs - tail.heardAtMs)} ago` : ''
}
