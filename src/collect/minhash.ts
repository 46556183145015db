/** Words of a signature; each holds the hashes of four bins, eight bits of each. */
export const signatureWords = 16

const binCount = signatureWords * 4
const emptyBin = 0xffffffff
/** Below so many tokens the changed lines alone are too common to tell a change: the lines around them count too. */
const fewTokens = 24
const prime = 0x01000193

/** Scratch space of `signatureOf`, which does not wait in between. */
const bins = new Uint32Array(binCount)

/**
 * The MinHash signature of what a patch changes: of its tokens by fours, in one permutation with densified bins. Where
 * the change stands, in which file and at which line, does not count. Null where it changes no line.
 */
export function signatureOf(patch: string): Uint32Array | null {
  const tokens = hashLines(patch, false)
  if (tokens === 0) return null
  if (tokens < fewTokens) hashLines(patch, true)
  densify()
  const signature = new Uint32Array(signatureWords)
  for (let bin = 0; bin < binCount; bin += 1) {
    const word = bin >>> 2
    signature[word] = ((signature[word] ?? 0) << 8) | (mix(bins[bin] ?? 0) & 0xff)
  }
  return signature
}

/** Estimated Jaccard similarity of two signatures, each somewhere in an array; hashes equal by chance are reckoned out. */
export function similarityAt(a: Uint32Array, aStart: number, b: Uint32Array, bStart: number): number {
  let equal = 0
  for (let word = 0; word < signatureWords; word += 1) {
    const difference = (a[aStart + word] ?? 0) ^ (b[bStart + word] ?? 0)
    if ((difference & 0xff) === 0) equal += 1
    if ((difference & 0xff00) === 0) equal += 1
    if ((difference & 0xff0000) === 0) equal += 1
    if (difference >>> 24 === 0) equal += 1
  }
  const byChance = 1 / 256
  return Math.max(0, (equal / binCount - byChance) / (1 - byChance))
}

/** MurmurHash3's last step: every bit of the result depends on every bit of the value. */
export function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Fills the bins from the hunks of a patch and returns how many tokens they have. */
function hashLines(patch: string, hasContext: boolean): number {
  bins.fill(emptyBin)
  before.fill(0)
  let isHeader = true
  let tokens = 0
  for (let start = 0; start < patch.length; ) {
    const feed = patch.indexOf('\n', start)
    const end = feed < 0 ? patch.length : feed
    const sign = patch.charCodeAt(start)
    if (sign === at) isHeader = false
    else if (
      sign === letterD ||
      (sign === minus && patch.startsWith('--- ', start) && patch.startsWith('+++ ', end + 1))
    )
      isHeader = true
    else if (!isHeader && (sign === plus || sign === minus || (hasContext && sign === space)))
      tokens += hashTokens(patch, start, end)
    start = end + 1
  }
  return tokens
}

const [at, letterD, minus, plus, space] = [64, 100, 45, 43, 32]

/** The three tokens before the current one, the latest first. */
const before = new Uint32Array(3)

/** A token is a word or one other character. Each is hashed together with the three before it. */
function hashTokens(patch: string, start: number, end: number): number {
  let tokens = 0
  let word = 0
  for (let position = start; position < end; position += 1) {
    const code = patch.charCodeAt(position)
    if (isWord(code)) {
      word = Math.imul(word ^ code, prime) + 1
      continue
    }
    if (word !== 0) {
      addShingle(word)
      tokens += 1
      word = 0
    }
    if (code > space) {
      addShingle(code)
      tokens += 1
    }
  }
  if (word === 0) return tokens
  addShingle(word)
  return tokens + 1
}

function addShingle(token: number): void {
  const first = before[0] ?? 0
  const second = before[1] ?? 0
  const third = before[2] ?? 0
  const shingle = mix(Math.imul(Math.imul(Math.imul(third, prime) + second, prime) + first, prime) + token)
  const bin = shingle >>> 26
  const value = shingle & 0x3ffffff
  if (value < (bins[bin] ?? 0)) bins[bin] = value
  before[2] = second
  before[1] = first
  before[0] = token
}

/** 1 for ASCII letters, digits and `_`. */
const wordCodes = Uint8Array.from({ length: 128 }, (_, code) => (/\w/.test(String.fromCharCode(code)) ? 1 : 0))

/** All that is not ASCII counts as letters. */
function isWord(code: number): boolean {
  return code > 127 || wordCodes[code] === 1
}

const filled = new Uint32Array(binCount)

/** Gives each empty bin the value of another, chosen by the bin's number alone, so that equal sets stay equal. */
function densify(): void {
  filled.set(bins)
  for (let bin = 0; bin < binCount; bin += 1) {
    for (let attempt = 1; (bins[bin] ?? 0) === emptyBin; attempt += 1) {
      bins[bin] = filled[mix(bin * 0x9e3779b1 + attempt) & (binCount - 1)] ?? emptyBin
    }
  }
}
