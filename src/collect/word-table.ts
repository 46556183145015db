/** Slots of a page, each a row's number + 1, where 0 is free, and a word. Pages stay where they are and as they are. */
const pageSlots = 1 << 12
/** How many are taken before a page becomes two. */
const fullSlots = pageSlots * 0.8
/** Rows kept under one word: more would make common words slow. */
export const rowsPerWord = 32
/** Of words that are spread evenly there are far fewer pages. */
const maxDepth = 20

interface Page {
  readonly slots: Uint32Array
  used: number
  /** Leading bits that the words of this page have in common. */
  depth: number
}

/**
 * Rows by words of 32 bits, which are hashes. The table grows a page at a time (extendible hashing), so that nothing
 * large is ever copied or given back.
 */
export class WordTable {
  /** Pages by the leading bits of their words, as many bits as this is deep. */
  #pages = [emptyPage(0)]
  #depth = 0
  readonly #scratch = new Uint32Array(2 * pageSlots)

  /** Writes the rows of a word into an array from a place on, and returns the place behind them. */
  collect(word: number, rows: Uint32Array, from: number): number {
    const { slots } = this.#pageOf(word)
    let place = from
    for (let slot = firstSlot(word); slots[slot] !== 0; slot = nextSlot(slot)) {
      if (slots[slot + 1] !== word) continue
      rows[place] = (slots[slot] ?? 0) - 1
      place += 1
    }
    return place
  }

  /** A word that has many rows gets no more. */
  add(word: number, row: number): void {
    let page = this.#pageOf(word)
    while (page.used >= fullSlots) {
      if (page.depth === maxDepth) return
      this.#split(page)
      page = this.#pageOf(word)
    }
    enter(page, word, row + 1)
  }

  #pageOf(word: number): Page {
    // A shift by 32 would be one by 0.
    const page = this.#pages[this.#depth === 0 ? 0 : word >>> (32 - this.#depth)]
    if (page === undefined) throw new RangeError(`${word} is no word of 32 bits`)
    return page
  }

  /** Gives the upper half of the page's words to a new one. */
  #split(page: Page): void {
    if (page.depth === this.#depth) {
      this.#pages = this.#pages.flatMap((each) => [each, each])
      this.#depth += 1
    }
    const first = this.#pages.indexOf(page)
    const end = first + 2 ** (this.#depth - page.depth)
    page.depth += 1
    this.#pages.fill(emptyPage(page.depth), (first + end) / 2, end)
    this.#scratch.set(page.slots)
    page.slots.fill(0)
    page.used = 0
    for (let slot = 0; slot < this.#scratch.length; slot += 2) {
      const entry = this.#scratch[slot] ?? 0
      const moved = this.#scratch[slot + 1] ?? 0
      if (entry !== 0) enter(this.#pageOf(moved), moved, entry)
    }
  }
}

function emptyPage(depth: number): Page {
  return { slots: new Uint32Array(2 * pageSlots), used: 0, depth }
}

function enter(page: Page, word: number, entry: number): void {
  const { slots } = page
  let slot = firstSlot(word)
  for (let equal = 0; slots[slot] !== 0; slot = nextSlot(slot)) {
    if (slots[slot + 1] === word) equal += 1
    if (equal === rowsPerWord) return
  }
  slots[slot] = entry
  slots[slot + 1] = word
  page.used += 1
}

/** Leading bits chose the page; the others choose the place. */
function firstSlot(word: number): number {
  return 2 * (word & (pageSlots - 1))
}

function nextSlot(slot: number): number {
  return (slot + 2) & (2 * pageSlots - 1)
}
