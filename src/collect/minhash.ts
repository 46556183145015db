/** What a patch changes, in a form in which it is found again and compared. */
export interface Signature {
  /** MinHash: the more alike two patches are, the more of these words are the same at the same place. */
  readonly bands: Uint32Array
  /** Hashes of the tokens of changed lines by fours; where there are many, those that are not above `highest`. */
  readonly shingles: Uint32Array
  readonly highest: number
}

export const bandCount = 10
const binsPerBand = 4
const binCount = bandCount * binsPerBand
/** Of a bin that no shingle fell into; any other value is lower. */
const emptyBin = 0x7fffffff
/** With fewer tokens the changed lines alone are too common to tell a change: the lines around them count too. */
const fewTokens = 24
const maxShingles = 1 << 16
const anyHash = 0xffffffff
const prime = 0x01000193

/** Scratch space of `signatureOf`, which does not wait in between. */
const bins = new Int32Array(binCount)
const shingles = new Uint32Array(maxShingles)
const signed = new Int32Array(shingles.buffer)
let shingleCount = 0
let highest = anyHash
/** The three tokens before, then those that are not part of a shingle yet. */
const tokens = new Int32Array(1 << 12)
const tokensBefore = 3
let tokensEnd = tokensBefore

/**
 * The signature of what a patch changes: of its tokens by fours, in one permutation with densified bins. Where the
 * change stands, in which file and at which line, does not count. Null where it changes no line.
 */
export function signatureOf(patch: string): Signature | null {
  hashLines(patch, false)
  if (shingleCount === 0) return null
  if (shingleCount < fewTokens) hashLines(patch, true)
  densify()
  const bands = new Uint32Array(bandCount)
  for (let band = 0, bin = 0; band < bandCount; band += 1) {
    let word = band
    for (const end = bin + binsPerBand; bin < end; bin += 1) word = mix(Math.imul(word, prime) + (bins[bin] ?? 0))
    bands[band] = word
  }
  return { bands, shingles: shingles.slice(0, shingleCount), highest }
}

/** The share of shingles that two patches have in common (Jaccard), computed from those that neither left out. */
export function similarityOf(a: Omit<Signature, 'bands'>, b: Omit<Signature, 'bands'>): number {
  const common = Math.min(a.highest, b.highest)
  const [first, second] = [sortedTo(a.shingles, common), sortedTo(b.shingles, common)]
  let both = 0
  let either = 0
  for (let i = 0, j = 0; i < first.length || j < second.length; either += 1) {
    const value = Math.min(first[i] ?? Infinity, second[j] ?? Infinity)
    if (first[i] === second[j]) both += 1
    while (first[i] === value) i += 1
    while (second[j] === value) j += 1
  }
  return either === 0 ? 0 : both / either
}

function sortedTo(values: Uint32Array, bound: number): Uint32Array {
  const sorted = values.toSorted()
  return sorted.subarray(0, sorted.findLastIndex((value) => value <= bound) + 1)
}

/** MurmurHash3's last step: every bit of the result depends on every bit of the value. */
function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const [at, letterD, minus, plus, space, lineFeed] = [64, 100, 45, 43, 32, 10]

/** Fills bins and shingles from the hunks of a patch. */
function hashLines(patch: string, hasContext: boolean): void {
  bins.fill(emptyBin)
  tokens.fill(0, 0, tokensBefore)
  tokensEnd = tokensBefore
  shingleCount = 0
  highest = anyHash
  let isHeader = true
  for (let start = 0; start < patch.length; ) {
    const sign = patch.charCodeAt(start)
    if (sign === at) isHeader = false
    else if (sign === letterD || (sign === minus && isNameLine(patch, start))) isHeader = true
    const isTaken = !isHeader && (sign === plus || sign === minus || (hasContext && sign === space))
    const end = isTaken ? takeTokens(patch, start) : patch.indexOf('\n', start)
    start = end < 0 ? patch.length : end + 1
  }
  tokensEnd = hashTokens(tokensEnd)
}

/** Whether the line names a file, as the next one does. */
function isNameLine(patch: string, start: number): boolean {
  if (patch.charCodeAt(start + 1) !== minus || !patch.startsWith('--- ', start)) return false
  const feed = patch.indexOf('\n', start)
  return feed >= 0 && patch.startsWith('+++ ', feed + 1)
}

/** 1 for letters, digits and `_`; all that is not ASCII counts as letters. */
const wordCodes = new Uint8Array(1 << 16).fill(1, 128)
wordCodes.set(Array.from({ length: 128 }, (_, code) => (/\w/.test(String.fromCharCode(code)) ? 1 : 0)))

/** Takes a line and returns where it ends. A token is a word or one other character. */
function takeTokens(patch: string, start: number): number {
  let word = 0
  let end = tokensEnd
  let position = start
  for (; position < patch.length; position += 1) {
    const code = patch.charCodeAt(position)
    if (wordCodes[code] === 1) {
      word = Math.imul(word ^ code, prime) + 1
      continue
    }
    if (end + 2 >= tokens.length) end = hashTokens(end)
    if (word !== 0) {
      tokens[end] = word
      end += 1
      word = 0
    }
    if (code === lineFeed) break
    if (code <= space) continue
    tokens[end] = code
    end += 1
  }
  tokens[end] = word
  tokensEnd = word === 0 ? end : end + 1
  return position
}

/** Makes shingles of tokens, each together with the three before it, and returns where the next tokens go. */
function hashTokens(end: number): number {
  while (shingleCount + end > maxShingles) thinOut()
  const from = shingleCount
  let count = from
  for (let place = tokensBefore; place < end; place += 1) {
    let hash = Math.imul(tokens[place - 3] ?? 0, prime) + (tokens[place - 2] ?? 0)
    hash = Math.imul(Math.imul(hash, prime) + (tokens[place - 1] ?? 0), prime) + (tokens[place] ?? 0)
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
    shingles[count] = hash ^ (hash >>> 13)
    count += 1
  }
  tokens.copyWithin(0, end - tokensBefore, end)
  fillBins(from, count)
  shingleCount = highest === anyHash ? count : keepLow(from, count)
  return tokensBefore
}

function fillBins(from: number, end: number): void {
  for (let place = from; place < end; place += 1) {
    const shingle = signed[place] ?? 0
    const bin = ((Math.imul(shingle, 0x9e3779b1) >>> 16) * binCount) >>> 16
    // Without a branch, which could not be foreseen.
    bins[bin] = Math.min(bins[bin] ?? 0, shingle >> 1)
  }
}

/** Closes up those that are not above `highest`, and returns their end. */
function keepLow(from: number, end: number): number {
  const kept = shingles.subarray(from, end).filter((shingle) => shingle <= highest)
  shingles.set(kept, from)
  return from + kept.length
}

/** Leaves out what is there twice, and where that is not enough the upper half: hashes are related to nothing. */
function thinOut(): void {
  const sorted = shingles.subarray(0, shingleCount).sort()
  const distinct = sorted.filter((shingle, place) => place === 0 || shingle !== sorted[place - 1])
  if (distinct.length > maxShingles / 2) highest >>>= 1
  const kept = distinct.filter((shingle) => shingle <= highest)
  shingles.set(kept)
  shingleCount = kept.length
}

const filled = new Int32Array(binCount)

/** Gives each empty bin the value of another, chosen by the bin's number alone, so that equal sets stay equal. */
function densify(): void {
  filled.set(bins)
  for (let bin = 0; bin < binCount; bin += 1) {
    for (let attempt = 1; bins[bin] === emptyBin; attempt += 1) {
      bins[bin] = filled[mix(bin * 0x9e3779b1 + attempt) % binCount] ?? emptyBin
    }
  }
}
