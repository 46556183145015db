import * as v from 'valibot'
import { byteLines } from '../util/byte-lines.ts'
import type { Engine } from './engine.ts'
import { imagePath, removeImage, tagImage } from './images.ts'
import type { RegistryLogin } from './registry-login.ts'

export type PushOutcome =
  /** `name:tag@sha256:…`: what `docker pull` takes, and what can never mean another image. */
  | { readonly kind: 'pushed'; readonly reference: string }
  /** The registry did not take it, in the engine's words. */
  | { readonly kind: 'refused'; readonly explanation: string }

export interface PushRequest {
  readonly imageId: string
  readonly repository: string
  readonly tag: string
  readonly login: RegistryLogin
  readonly signal: AbortSignal
}

/** Pushes an image by a tag that it has here for as long as that takes. The signal closes the connection, which ends it. */
export async function pushImage(engine: Engine, request: PushRequest): Promise<PushOutcome> {
  const { imageId, repository, tag, login, signal } = request
  const name = `${repository}:${tag}`
  await tagImage(engine, imageId, name)
  try {
    const answer = await engine.stream({
      method: 'POST',
      path: `${imagePath(repository)}/push`,
      query: { tag },
      login,
      doing: `push ${name}`,
      timeoutMs: Number.POSITIVE_INFINITY,
      signal,
    })
    let digest: string | null = null
    for await (const line of byteLines(answer, lineBytes)) {
      if (line.kind === 'too-long') return { kind: 'refused', explanation: 'Docker sent a line too long to be read' }
      const said = v.parse(lineSchema, JSON.parse(new TextDecoder().decode(line.bytes)))
      if (said.error !== undefined) return { kind: 'refused', explanation: said.error }
      digest = said.aux?.Digest ?? digest
    }
    if (digest === null) return { kind: 'refused', explanation: 'Docker ended the push without a word' }
    return { kind: 'pushed', reference: `${name}@${digest}` }
  } finally {
    await removeImage(engine, name)
  }
}

const lineBytes = 1024 * 1024

const lineSchema = v.object({
  error: v.optional(v.string()),
  aux: v.optional(v.object({ Digest: v.optional(v.string()) })),
})
