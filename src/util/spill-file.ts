import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from './message-of.ts'

const bufferWords = 1 << 16

/** The folder for temporary files is full, or none. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError'
}

/**
 * Numbers set aside on disk where they are too many for memory. The file is made when the first are written out, and has
 * no name any more by then: it is gone once this is disposed of, or the process ends in whatever way.
 */
export class SpillFile implements Disposable {
  readonly #buffer = new Uint32Array(bufferWords)
  #file: number | null = null
  /** Words in the file, and in the buffer behind them. */
  #written = 0
  #buffered = 0

  /** How many there are: where the next begin. */
  get length(): number {
    return this.#written + this.#buffered
  }

  append(words: Uint32Array): void {
    if (this.#buffered + words.length > bufferWords) {
      this.#writeOut(this.#buffer.subarray(0, this.#buffered))
      this.#buffered = 0
    }
    if (words.length > bufferWords) {
      this.#writeOut(words)
    } else {
      this.#buffer.set(words, this.#buffered)
      this.#buffered += words.length
    }
  }

  /** A copy of what lies between two places. */
  read(start: number, end: number): Uint32Array {
    if (start >= this.#written) return this.#buffer.slice(start - this.#written, end - this.#written)
    const words = new Uint32Array(end - start)
    const fromFile = Math.min(end, this.#written) - start
    this.#readInto(new Uint8Array(words.buffer, 0, fromFile * 4), start * 4)
    words.set(this.#buffer.subarray(0, words.length - fromFile), fromFile)
    return words
  }

  [Symbol.dispose](): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }

  #writeOut(words: Uint32Array): void {
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#opened(), bytes, done, bytes.length - done, this.#written * 4 + done)
      }
    } catch (error) {
      const why = messageOf(error)
      const way = 'let TMPDIR name a folder with room'
      throw new NoRoomError(`nothing can be set aside in ${tmpdir()}: ${why} — ${way}`, { cause: error })
    }
    this.#written += words.length
  }

  #readInto(bytes: Uint8Array, start: number): void {
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.#opened(), bytes, done, bytes.length - done, start + done)
      if (count === 0) throw new Error(`what was set aside in ${tmpdir()} is cut off`)
      done += count
    }
  }

  #opened(): number {
    if (this.#file === null) {
      const path = join(tmpdir(), `openswe-${crypto.randomUUID()}`)
      this.#file = openSync(path, 'wx+', 0o600)
      unlinkSync(path)
    }
    return this.#file
  }
}
