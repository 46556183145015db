import { readFile, rename } from 'node:fs/promises'
import { AppendFile } from '../util/append-file.ts'
import { Fifo } from '../util/fifo.ts'
import { Ballast } from './ballast.ts'
import { type DecodedRecords, decodeRecords, encodeRecord } from './outbox-records.ts'

/** There is no room for what was to be appended. What was safe stays so, and there may be room later. */
export class OutboxFullError extends Error {
  override readonly name = 'OutboxFullError'
  readonly code = 'E_OUTBOX_FULL'
}

export interface OutboxFileOptions {
  /** Kept beside the file, to be given away where the disk is full. Default 16 MiB. */
  readonly ballastBytes?: number
  /** A file of less is not made smaller. Default 8 MiB. */
  readonly compactBytes?: number
}

export interface OpenedOutbox {
  readonly outbox: OutboxFile
  /** Oldest first, and none left out of what was appended and not dropped; what was dropped may still be there. */
  readonly values: readonly unknown[]
  /** Where a file went in whose middle something is not as it was written; what it held is not in `values`. */
  readonly setAside: string | null
}

interface Append {
  readonly values: readonly unknown[]
  readonly done: PromiseWithResolvers<void>
}

/** Values on the disk until they are dropped: what `append` resolved for is there again after any end of this process. */
export class OutboxFile implements AsyncDisposable {
  readonly #path: string
  readonly #file: AppendFile
  readonly #ballast: Ballast
  readonly #compactBytes: number
  /** The end of the file, record by record. */
  readonly #kept = new Fifo<{ readonly bytes: number; readonly values: number }>()
  #keptBytes = 0
  #keptValues = 0
  /** Of the values in the first record, how many are dropped already. */
  #droppedOfFirst = 0
  /** Of the calls of `append` that are not done. */
  #comingValues = 0
  /** Of those, the oldest, which are to be dropped at once. */
  #dropsToCome = 0
  #appends: Append[] = []
  #isAsked = false
  #work: Promise<void> | null = null

  private constructor(path: string, file: AppendFile, ballast: Ballast, compactBytes: number) {
    this.#path = path
    this.#file = file
    this.#ballast = ballast
    this.#compactBytes = compactBytes
  }

  /** One process has it open at a time: whoever opens it holds the lock of its folder. */
  static async open(path: string, options: OutboxFileOptions = {}): Promise<OpenedOutbox> {
    const { records, validBytes, setAside } = await readOrSetAside(path)
    const ballast = new Ballast(`${path}.ballast`, options.ballastBytes ?? 16 * 1024 * 1024)
    const file = await AppendFile.open(path, validBytes)
    await ballast.restore()
    const outbox = new OutboxFile(path, file, ballast, options.compactBytes ?? 8 * 1024 * 1024)
    for (const { bytes, values } of records) outbox.#keep(bytes, values.length)
    return { outbox, values: records.flatMap(({ values }) => values), setAside }
  }

  /** Bytes of what was not dropped yet. */
  get keptBytes(): number {
    return this.#keptBytes
  }

  /** The disk was full, and all that is kept for that case may be used up: begin nothing that will append. */
  get isShort(): boolean {
    return !this.#ballast.isThere
  }

  /**
   * Resolves once the values are safe, all or none, in the order of the calls; calls at the same time share one wait for
   * the disk. Rejects with OutboxFullError; and with BrokenFileError, after which the process must end.
   */
  append(values: readonly unknown[]): Promise<void> {
    const done = Promise.withResolvers<void>()
    this.#appends.push({ values, done })
    this.#comingValues += values.length
    this.#start()
    return done.promise
  }

  /**
   * Forgets the oldest, in its own time: the next who opens the file may still find some of them. They need not be safe yet:
   * whoever was told of them may answer sooner than the disk.
   */
  drop(count: number): void {
    const known = this.#keptValues + this.#comingValues - this.#dropsToCome
    if (count > known) throw new Error(`${this.#path}: ${count} values dropped of ${known}`)
    this.#dropsToCome += Math.max(0, count - this.#keptValues)
    this.#dropKept(Math.min(count, this.#keptValues))
    this.#start()
  }

  #dropKept(count: number): void {
    this.#keptValues -= count
    this.#droppedOfFirst += count
    for (let { first } = this.#kept; first && first.values <= this.#droppedOfFirst; { first } = this.#kept) {
      this.#droppedOfFirst -= first.values
      this.#keptBytes -= first.bytes
      this.#kept.shift()
    }
  }

  /** Waits for what was begun. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work
    await this.#file[Symbol.asyncDispose]()
  }

  #start(): void {
    this.#isAsked = true
    this.#work ??= this.#workOff()
  }

  async #workOff(): Promise<void> {
    while (this.#isAsked) {
      this.#isAsked = false
      const appends = this.#appends
      this.#appends = []
      await this.#flush(appends)
    }
    this.#work = null
  }

  async #flush(appends: readonly Append[]): Promise<void> {
    const values = appends.flatMap((append) => append.values)
    try {
      if (appends.length > 0) await this.#write(values).finally(() => this.#arrived(values.length))
      for (const { done } of appends) done.resolve()
      await this.#makeRoom()
    } catch (error) {
      // Of a file that broke while room was made, the next append hears.
      for (const { done } of appends) done.reject(error)
    }
  }

  async #write(values: readonly unknown[]): Promise<void> {
    const record = encodeRecord(values)
    const isSafe =
      (await this.#file.append(record)) === 'safe' ||
      ((await this.#ballast.remove()) && (await this.#file.append(record)) === 'safe')
    if (!isSafe) throw new OutboxFullError(`${this.#path}: the disk has no room for ${record.byteLength} bytes more`)
    this.#keep(record.byteLength, values.length)
  }

  /** They are kept now, or never will be. */
  #arrived(count: number): void {
    this.#comingValues -= count
    const dropped = Math.min(count, this.#dropsToCome)
    this.#dropsToCome -= dropped
    this.#dropKept(Math.min(dropped, this.#keptValues))
  }

  #keep(bytes: number, values: number): void {
    this.#kept.push({ bytes, values })
    this.#keptBytes += bytes
    this.#keptValues += values
  }

  /** Makes the file smaller where most of it was dropped, and the ballast anew once nothing needs its room. */
  async #makeRoom(): Promise<void> {
    const { bytes } = this.#file
    const isWorthIt = bytes > (this.isShort ? 0 : this.#compactBytes) && bytes > 2 * this.#keptBytes
    if (isWorthIt) await this.#file.dropBefore(bytes - this.#keptBytes)
    if (this.isShort && this.#keptValues === 0) await this.#ballast.restore()
  }
}

async function readOrSetAside(path: string): Promise<DecodedRecords & Pick<OpenedOutbox, 'setAside'>> {
  const decoded = decodeRecords(await readFile(path).catch(emptyWhereNone))
  if (!decoded.isCorrupt) return { ...decoded, setAside: null }
  const setAside = `${path}.corrupt-${new Date().toISOString().replace(/\D/g, '')}`
  await rename(path, setAside)
  return { records: [], validBytes: 0, isCorrupt: false, setAside }
}

function emptyWhereNone(error: unknown): Uint8Array {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Uint8Array()
  throw error
}
