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

/** Signatures and their names, found again by likeness (LSH); some 130 bytes each, whatever was signed. */
export class MinHashIndex {
  #count = 0
  #signatures = new Uint32Array(1024 * signatureWords)
  /** Row number + 1 by open addressing, one entry for each band; 0 is free. */
  #slots = new Uint32Array(1024 * bandCount * 2)
  #used = 0
  #names = new Uint8Array(32 * 1024)
  #nameEnds = new Uint32Array(1024)

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
        if (this.#signatures[row * signatureWords + band] !== word) continue
        const found = similarityAt(signature, 0, this.#signatures, row * signatureWords)
        if (found < similarity || (found === similarity && best >= 0 && best <= row)) continue
        best = row
        similarity = found
      }
    }
    return best < 0 ? null : { name: this.#nameOf(best), similarity }
  }

  /** Names are ASCII. */
  add(name: string, signature: Uint32Array): void {
    const row = this.#count
    this.#count += 1
    const words = this.#count * signatureWords
    if (words > this.#signatures.length) this.#signatures = new Uint32Array(enlarged(this.#signatures, words))
    this.#signatures.set(signature, row * signatureWords)
    this.#addName(row, name)
    if ((this.#used + bandCount) * 10 > this.#slots.length * 7) this.#grow()
    else this.#enter(row)
  }

  /** Enters every row anew into twice the slots. */
  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2)
    this.#used = 0
    for (let row = 0; row < this.#count; row += 1) this.#enter(row)
  }

  #enter(row: number): void {
    const last = this.#slots.length - 1
    for (let band = 0; band < bandCount; band += 1) {
      const word = this.#signatures[row * signatureWords + band] ?? 0
      let slot = firstSlot(word, band) & last
      let equal = 0
      for (let entry = this.#slots[slot]; entry; entry = this.#slots[slot]) {
        if (this.#signatures[(entry - 1) * signatureWords + band] === word) equal += 1
        slot = (slot + 1) & last
      }
      if (equal >= perBandWord) continue
      this.#slots[slot] = row + 1
      this.#used += 1
    }
  }

  #addName(row: number, name: string): void {
    const start = row === 0 ? 0 : (this.#nameEnds[row - 1] ?? 0)
    const end = start + name.length
    if (row >= this.#nameEnds.length) this.#nameEnds = new Uint32Array(enlarged(this.#nameEnds, row + 1))
    if (end > this.#names.length) this.#names = new Uint8Array(enlarged(this.#names, end))
    new TextEncoder().encodeInto(name, this.#names.subarray(start, end))
    this.#nameEnds[row] = end
  }

  #nameOf(row: number): string {
    const start = row === 0 ? 0 : this.#nameEnds[row - 1]
    return new TextDecoder().decode(this.#names.subarray(start, this.#nameEnds[row]))
  }
}

function firstSlot(word: number, band: number): number {
  return mix(word ^ Math.imul(band + 1, 0x9e3779b1))
}

/** The array's bytes, moved to where there is room for at least so many elements. */
function enlarged(array: Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>, length: number): ArrayBuffer {
  return array.buffer.transfer(Math.ceil(length * 1.5) * array.BYTES_PER_ELEMENT)
}
