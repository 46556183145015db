import { Readable } from 'node:stream'
import * as v from 'valibot'
import { FaultError } from '../domain/fault.ts'
import { type Engine, engineFault } from './engine.ts'

export interface ImportRequest {
  /** A root file system. */
  readonly tar: ReadableStream<Uint8Array>
  readonly labels: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Makes an image of one layer, without a name, from a root file system. */
export async function importImage(engine: Engine, request: ImportRequest): Promise<{ readonly imageId: string }> {
  const changes = Object.entries(request.labels).map(
    ([name, value]) => `LABEL ${JSON.stringify(name)}=${JSON.stringify(value)}`,
  )
  try {
    const answer = await engine.docker.importImage(Readable.from(request.tar), {
      changes,
      abortSignal: request.signal,
    })
    return { imageId: imageIdOf(await textOf(answer)) }
  } catch (error) {
    request.signal.throwIfAborted()
    throw engineFault(error)
  }
}

const lineSchema = v.object({ status: v.optional(v.string()), error: v.optional(v.string()) })

/** The answer is lines of progress, then one whose status is the image's id. */
function imageIdOf(answer: string): string {
  let status = ''
  for (const line of answer.split('\n').filter((text) => text.trim() !== '')) {
    const parsed = v.parse(lineSchema, JSON.parse(line))
    if (parsed.error !== undefined)
      throw new FaultError('engine-failed', `the Docker engine could not import: ${parsed.error}`)
    status = parsed.status ?? status
  }
  if (!status.startsWith('sha256:'))
    throw new FaultError('engine-failed', `the Docker engine imported no image: ${answer}`)
  return status
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString()
}
