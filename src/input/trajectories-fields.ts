import type { TrajectoryTool } from '../domain/trajectory.ts'
import { isRecord } from '../util/is-record.ts'
import type { ForeignCall } from './trajectories-messages.ts'

/** Something in another scaffold's file that we cannot read: `what — fix`. */
export class ForeignTrouble extends Error {
  override readonly name = 'ForeignTrouble'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export function fail(code: string, message: string): never {
  throw new ForeignTrouble(code, message)
}

export function recordAt(value: unknown, place: string): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : fail('E_TRAJ_FIELD', `${place} is not an object — was the file written by hand?`)
}

export function listAt(value: unknown, place: string): readonly unknown[] {
  return Array.isArray(value) ? value : fail('E_TRAJ_FIELD', `${place} is not a list — was the file written by hand?`)
}

export function textOr(value: unknown, other: string): string {
  return typeof value === 'string' ? value : other
}

export function numberOr(value: unknown, other: number): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : other
}

/** A content as a text, or as a list of blocks of text; null is nothing said. */
export function contentAt(value: unknown, place: string): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  return listAt(value, `the content of ${place}`)
    .map((block) => {
      const text = isRecord(block) ? block.text : undefined
      if (typeof text === 'string') return text
      const kind = isRecord(block) ? String(block.type).slice(0, 40) : typeof block
      return fail('E_TRAJ_CONTENT', `${place} holds content of the kind "${kind}" — only texts can be read`)
    })
    .join('\n')
}

/** Calls as OpenAI's API has them. */
export function callsAt(value: unknown, place: string): readonly ForeignCall[] {
  if (value === null || value === undefined) return []
  return listAt(value, `tool_calls of ${place}`).map((call, index) => {
    const { id, function: called } = recordAt(call, `call ${index + 1} of ${place}`)
    const { name, arguments: given } = recordAt(called, `call ${index + 1} of ${place}`)
    if (typeof name !== 'string') fail('E_TRAJ_FIELD', `call ${index + 1} of ${place} names no tool — leave it out`)
    return { id: textOr(id, `call_${index}`), name, arguments: given }
  })
}

/** Thoughts, in whichever of the fields they stand. */
export function thinkingOf(message: Readonly<Record<string, unknown>>): { readonly thinking?: string } {
  const { reasoning_content, thinking_blocks } = message
  if (typeof reasoning_content === 'string' && reasoning_content !== '') return { thinking: reasoning_content }
  if (!Array.isArray(thinking_blocks)) return {}
  const texts = thinking_blocks.flatMap((block) =>
    isRecord(block) && typeof block.thinking === 'string' ? [block.thinking] : [],
  )
  return texts.length === 0 ? {} : { thinking: texts.join('\n\n') }
}

/** Definitions of tools as OpenAI's API has them; null where one is none of these. */
export function toolsOf(value: unknown): readonly TrajectoryTool[] | null {
  if (!Array.isArray(value)) return null
  const tools: TrajectoryTool[] = []
  for (const entry of value) {
    const called = isRecord(entry) && isRecord(entry.function) ? entry.function : null
    if (called === null || typeof called.name !== 'string' || !isRecord(called.parameters)) return null
    tools.push({ name: called.name, description: textOr(called.description, ''), parameters: called.parameters })
  }
  return tools
}
