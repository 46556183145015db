import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../util/sha256.ts'

export interface CachedAnswer {
  readonly etag: string
  readonly body: Uint8Array
}

const largestBodyBytes = 1024 * 1024

/** Answers by the request they were given to, so that GitHub need only say that nothing changed, which costs no quota. */
export class EtagCache {
  readonly #dir: string

  constructor(dir: string) {
    this.#dir = dir
  }

  async read(request: string): Promise<CachedAnswer | null> {
    const bytes = await readFile(this.#path(request)).catch(() => null)
    const lineEnd = bytes?.indexOf(10) ?? -1
    if (bytes === null || lineEnd <= 0) return null
    return { etag: bytes.subarray(0, lineEnd).toString(), body: bytes.subarray(lineEnd + 1) }
  }

  /** Large answers are not kept. A cache that cannot be written is none, and no reason to stop. */
  async write(request: string, answer: CachedAnswer): Promise<void> {
    if (answer.body.byteLength > largestBodyBytes || answer.etag.includes('\n')) return
    const path = this.#path(request)
    const draft = `${path}.${crypto.randomUUID()}`
    try {
      await mkdir(join(path, '..'), { recursive: true })
      await writeFile(draft, Buffer.concat([Buffer.from(`${answer.etag}\n`), answer.body]))
      await rename(draft, path)
    } catch {
      return
    }
  }

  #path(request: string): string {
    const name = sha256(request)
    return join(this.#dir, name.slice(0, 2), name)
  }
}
