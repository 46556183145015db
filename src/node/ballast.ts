import { rm, stat, writeFile } from 'node:fs/promises'
import { isNoRoom } from '../util/append-file.ts'

/** A file that only takes room, so that there is some to be had when the disk is full. */
export class Ballast {
  readonly #path: string
  readonly #bytes: number
  #isThere = false

  constructor(path: string, bytes: number) {
    this.#path = path
    this.#bytes = bytes
  }

  get isThere(): boolean {
    return this.#isThere
  }

  /** Makes it where there is room for it. */
  async restore(): Promise<void> {
    const file = await stat(this.#path).catch(() => null)
    if (file?.size === this.#bytes) {
      this.#isThere = true
      return
    }
    try {
      // What repeats itself takes no room where the filesystem compresses.
      await writeFile(this.#path, crypto.getRandomValues(Buffer.alloc(this.#bytes)), { mode: 0o600 })
      this.#isThere = true
    } catch (error) {
      await rm(this.#path, { force: true })
      if (!isNoRoom(error)) throw error
    }
  }

  /** Gives its room away; false where it had none. */
  async remove(): Promise<boolean> {
    const wasThere = this.#isThere
    this.#isThere = false
    await rm(this.#path, { force: true })
    return wasThere
  }
}
