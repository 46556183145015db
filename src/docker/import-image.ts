import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { FaultError } from '../domain/fault.ts'
import type { Engine } from './engine.ts'

export interface ImportRequest {
  /** A root file system. */
  readonly tar: ReadableStream<Uint8Array>
  readonly labels: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Makes an image of one layer, without a name, from a root file system. */
export async function importImage(engine: Engine, request: ImportRequest): Promise<{ readonly imageId: string }> {
  const labels = Object.entries(request.labels).map(
    ([name, value]) => `${JSON.stringify(name)}=${JSON.stringify(value)}`,
  )
  const answer = await engine.stream({
    method: 'POST',
    path: '/images/create',
    doing: 'import a root file system',
    query: { fromSrc: '-', changes: `LABEL ${labels.join(' ')}` },
    upload: Readable.from(request.tar),
    timeoutMs: request.timeoutMs,
    signal: request.signal,
  })
  return { imageId: imageIdOf(await text(answer)) }
}

const lineSchema = v.object({ status: v.optional(v.string()), error: v.optional(v.string()) })

/** The answer is lines of progress, then one whose status is the image's id. */
function imageIdOf(answer: string): string {
  let status = ''
  for (const line of answer.split('\n').filter((part) => part.trim() !== '')) {
    const parsed = v.parse(lineSchema, JSON.parse(line))
    if (parsed.error !== undefined) {
      throw new FaultError('engine-failed', `Docker could not import a root file system: ${parsed.error}`)
    }
    status = parsed.status ?? status
  }
  if (!status.startsWith('sha256:')) throw new FaultError('engine-failed', `Docker imported no image: ${answer}`)
  return status
}
