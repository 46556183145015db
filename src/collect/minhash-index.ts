import { SpillFile } from '../util/spill-file.ts'
import { bandCount, type Signature, similarityOf } from './minhash.ts'
import { rowsPerWord, WordTable } from './word-table.ts'

export interface Similar {
  readonly name: string
  /** From 0 to 1. */
  readonly similarity: number
}

/** Patches at least this much alike nearly always have two words in common; few others do, so that few are compared. */
const alikeEnough = 0.8
const headWords = 2
const maxNameBytes = 128

/**
 * Signatures and their names, found again by likeness (LSH), which is then computed from the shingles themselves. These
 * are on disk; of each signature some 150 bytes are in memory, whatever was signed.
 */
export class MinHashIndex implements Disposable {
  readonly #rows = new WordTable()
  readonly #records = new SpillFile()
  /** Where the record of each row begins, and the last one ends. */
  readonly #starts = [0]
  readonly #met = new Uint32Array(bandCount * rowsPerWord)
  /** What a record begins with: the name's length, the highest shingle taken, the name. */
  readonly #head = new Uint32Array(headWords + maxNameBytes / 4)
  readonly #nameBytes = new Uint8Array(this.#head.buffer, headWords * 4)

  /** The most alike of those added, the first of equals; null where none is at least `threshold` alike. */
  nearest(signature: Signature, threshold: number): Similar | null {
    let best: Similar | null = null
    for (const row of this.#candidates(signature.bands, threshold < alikeEnough ? 1 : 2)) {
      const record = this.#recordOf(row)
      const similarity = similarityOf(signature, record)
      if (similarity >= threshold && similarity > (best?.similarity ?? -1)) best = { name: record.name(), similarity }
    }
    return best
  }

  /** Names are ASCII of 128 characters at most; of longer ones the beginning is kept. */
  add(name: string, { bands, shingles, highest }: Signature): void {
    const row = this.#starts.length - 1
    const { written } = encoder.encodeInto(name, this.#nameBytes)
    this.#head[0] = written
    this.#head[1] = highest
    this.#records.append(this.#head.subarray(0, headWords + Math.ceil(written / 4)))
    this.#records.append(shingles)
    this.#starts.push(this.#records.length)
    for (let band = 0; band < bandCount; band += 1) this.#rows.add(bands[band] ?? 0, row)
  }

  [Symbol.dispose](): void {
    this.#records[Symbol.dispose]()
  }

  /** Rows that have at least this many words in common, in ascending order. */
  #candidates(bands: Uint32Array, words: number): readonly number[] {
    let count = 0
    for (let band = 0; band < bandCount; band += 1) count = this.#rows.collect(bands[band] ?? 0, this.#met, count)
    if (count < words) return []
    const met = this.#met.subarray(0, count).sort()
    const rows: number[] = []
    for (let first = 0, next = 0; first < count; first = next) {
      while (next < count && met[next] === met[first]) next += 1
      if (next - first >= words) rows.push(met[first] ?? 0)
    }
    return rows
  }

  #recordOf(row: number): Omit<Signature, 'bands'> & { name(): string } {
    const words = this.#records.read(this.#starts[row] ?? 0, this.#starts[row + 1] ?? 0)
    const nameLength = words[0] ?? 0
    return {
      shingles: words.subarray(headWords + Math.ceil(nameLength / 4)),
      highest: words[1] ?? 0,
      name: () => decoder.decode(new Uint8Array(words.buffer, headWords * 4, nameLength)),
    }
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
