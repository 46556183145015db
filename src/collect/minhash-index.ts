import { mix, signatureWords, similarityAt } from './minhash.ts'

export interface Similar {
  readonly name: string
  /** From 0 to 1, estimated. */
  readonly similarity: number
}

/** Words of a signature that are looked up; two that are 0.85 alike share one of them in 997 of 1000 cases. */
const bandCount = 8
/** Signatures kept under one word of one band: more would make common words slow, and the other bands find them too. */
const perBandWord = 32
/** Rows in a page: a signature, and where the name begins. Pages stay where they are, so that growing copies nothing. */
const pageRows = 1 << 14
const rowWords = signatureWords + 1
const namePageBytes = 1 << 20

/** Signatures and their names, found again by likeness (LSH); some 150 bytes each, whatever was signed. */
export class MinHashIndex {
  #count = 0
  readonly #pages: Uint32Array[] = []
  readonly #namePages: Uint8Array[] = []
  #namesEnd = namePageBytes
  /** Row number + 1 by open addressing, one entry for each band; 0 is free. */
  #slots = new Uint32Array(1 << 14)
  #used = 0

  /** The most alike of those added, the first of equals; null where none is at least `threshold` alike, as it seems. */
  nearest(signature: Uint32Array, threshold: number): Similar | null {
    const last = this.#slots.length - 1
    let best = -1
    let similarity = threshold
    for (let band = 0; band < bandCount; band += 1) {
      const word = signature[band] ?? 0
      let slot = firstSlot(word, band) & last
      for (let entry = this.#slots[slot]; entry; entry = this.#slots[slot]) {
        const row = entry - 1
        slot = (slot + 1) & last
        const page = this.#pageOf(row)
        const start = (row % pageRows) * rowWords
        if (page[start + band] !== word) continue
        const found = similarityAt(signature, 0, page, start)
        if (found < similarity || (found === similarity && best >= 0 && best <= row)) continue
        best = row
        similarity = found
      }
    }
    return best < 0 ? null : { name: this.#nameOf(best), similarity }
  }

  /** Names are ASCII, and shorter than a page. */
  add(name: string, signature: Uint32Array): void {
    const row = this.#count
    this.#count += 1
    if (row % pageRows === 0) this.#pages.push(new Uint32Array(pageRows * rowWords))
    const page = this.#pageOf(row)
    const start = (row % pageRows) * rowWords
    page.set(signature, start)
    page[start + signatureWords] = this.#addName(name)
    if ((this.#used + bandCount) * 10 > this.#slots.length * 7) this.#grow()
    else this.#enter(row)
  }

  /** Enters every row anew into twice the slots; the old ones are given back before, since nothing else holds them. */
  #grow(): void {
    const { length, buffer } = this.#slots
    buffer.transfer(0)
    this.#slots = new Uint32Array(length * 2)
    this.#used = 0
    for (let row = 0; row < this.#count; row += 1) this.#enter(row)
  }

  #enter(row: number): void {
    const last = this.#slots.length - 1
    for (let band = 0; band < bandCount; band += 1) {
      const word = this.#wordOf(row, band)
      let slot = firstSlot(word, band) & last
      let equal = 0
      for (let entry = this.#slots[slot]; entry; entry = this.#slots[slot]) {
        if (this.#wordOf(entry - 1, band) === word) equal += 1
        slot = (slot + 1) & last
      }
      if (equal >= perBandWord) continue
      this.#slots[slot] = row + 1
      this.#used += 1
    }
  }

  #pageOf(row: number): Uint32Array {
    const page = this.#pages[Math.floor(row / pageRows)]
    if (page === undefined) throw new RangeError(`there is no row ${row}`)
    return page
  }

  #wordOf(row: number, word: number): number {
    return this.#pageOf(row)[(row % pageRows) * rowWords + word] ?? 0
  }

  /** Ends the name with a zero byte and returns its place. */
  #addName(name: string): number {
    if (this.#namesEnd + name.length + 1 > namePageBytes) {
      this.#namePages.push(new Uint8Array(namePageBytes))
      this.#namesEnd = 0
    }
    const place = (this.#namePages.length - 1) * namePageBytes + this.#namesEnd
    encoder.encodeInto(name, this.#namePages.at(-1)?.subarray(this.#namesEnd) ?? new Uint8Array())
    this.#namesEnd += name.length + 1
    return place
  }

  #nameOf(row: number): string {
    const place = this.#wordOf(row, signatureWords)
    const page = this.#namePages[Math.floor(place / namePageBytes)] ?? new Uint8Array()
    const start = place % namePageBytes
    return new TextDecoder().decode(page.subarray(start, page.indexOf(0, start)))
  }
}

const encoder = new TextEncoder()

function firstSlot(word: number, band: number): number {
  return mix(word ^ Math.imul(band + 1, 0x9e3779b1))
}
