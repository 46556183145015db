import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf } from './message-of.ts'

/** The disk did not do as asked: what it holds is not known any more, until the file is opened and read anew. */
export class BrokenFileError extends Error {
  override readonly name = 'BrokenFileError'
  readonly code = 'E_FILE_BROKEN'
}

/** The disk, a quota or the process's own limit (`ulimit -f`) has no room for more. */
export function isNoRoom(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(error.code))
}

/**
 * A file whose end is safe: what `append` said `safe` of is there after any end of this process or machine. One call at a
 * time. After a BrokenFileError every call throws it again.
 */
export class AppendFile implements AsyncDisposable {
  readonly #path: string
  #file: FileHandle
  #bytes: number
  #broken: BrokenFileError | null = null

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.#path = path
    this.#file = file
    this.#bytes = bytes
  }

  /** Opens or makes the file at `path`, and cuts off what is behind `bytes`. */
  static async open(path: string, bytes: number): Promise<AppendFile> {
    await rm(draftOf(path), { force: true })
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    await file.truncate(bytes)
    await file.sync()
    await syncFolder(path)
    return new AppendFile(path, file, bytes)
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Where there is no room for all of it, nothing of it stays. */
  async append(bytes: Uint8Array): Promise<'safe' | 'no-room'> {
    return await this.#orBroken(async () => {
      if (!(await isWritten(this.#file, bytes, this.#bytes))) {
        await this.#file.truncate(this.#bytes)
        return 'no-room'
      }
      await this.#file.datasync()
      this.#bytes += bytes.byteLength
      return 'safe'
    })
  }

  /** Drops everything before `start`; where there is no room for a second file, all stays as it is. */
  async dropBefore(start: number): Promise<'dropped' | 'no-room'> {
    return await this.#orBroken(async () => {
      const draft = await open(draftOf(this.#path), 'wx+', 0o600)
      if (!(await isCopied(this.#file, draft, start, this.#bytes))) {
        await draft.close()
        await rm(draftOf(this.#path))
        return 'no-room'
      }
      await draft.sync()
      await rename(draftOf(this.#path), this.#path)
      await syncFolder(this.#path)
      await this.#file.close()
      this.#file = draft
      this.#bytes -= start
      return 'dropped'
    })
  }

  /** A sync that failed once may succeed the next time with what was to be written lost. */
  async #orBroken<T>(work: () => Promise<T>): Promise<T> {
    if (this.#broken !== null) throw this.#broken
    try {
      return await work()
    } catch (error) {
      const why = messageOf(error)
      this.#broken = new BrokenFileError(`${this.#path} cannot be relied on: ${why}`, { cause: error })
      throw this.#broken
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

const draftOf = (path: string) => `${path}.draft`
const copyBytes = 1024 * 1024

async function isCopied(from: FileHandle, to: FileHandle, start: number, end: number): Promise<boolean> {
  const buffer = new Uint8Array(copyBytes)
  for (let at = start; at < end; ) {
    const { bytesRead } = await from.read(buffer, 0, Math.min(copyBytes, end - at), at)
    if (bytesRead === 0) throw new Error('the file is shorter than it was written')
    if (!(await isWritten(to, buffer.subarray(0, bytesRead), at - start))) return false
    at += bytesRead
  }
  return true
}

/** False where there is no room for all of it; some of it may be there then. */
async function isWritten(file: FileHandle, bytes: Uint8Array, position: number): Promise<boolean> {
  try {
    for (let done = 0; done < bytes.byteLength; ) {
      done += (await file.write(bytes, done, bytes.byteLength - done, position + done)).bytesWritten
    }
    return true
  } catch (error) {
    if (isNoRoom(error)) return false
    throw error
  }
}

/** The name of a file in its folder is as safe as the folder. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(dirname(path))
  await folder.sync()
}
