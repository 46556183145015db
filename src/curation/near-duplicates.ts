import type { Rollout } from '../domain/rollout.ts'
import { callText } from './steps.ts'

/** Hashes of what a solver said and did, each of a few words in a row. */
export type Shingles = ReadonlySet<number>

const wordsEach = 5
const prime = 0x01000193

/** 1 for letters, digits and `_`; all that is not ASCII counts as letters. */
const wordCodes = Uint8Array.from({ length: 128 }, (_, code) => (/\w/.test(String.fromCharCode(code)) ? 1 : 0))

export function shinglesOf({ trajectory }: Rollout): Shingles {
  const shingles = new Set<number>()
  const last = new Int32Array(wordsEach)
  let count = 0
  for (const message of trajectory.messages) {
    if (message.role !== 'assistant') continue
    for (const text of [message.content, ...message.toolCalls.map(callText)]) {
      for (const word of wordHashes(text)) {
        last[count % wordsEach] = word
        count += 1
        if (count >= wordsEach) shingles.add(shingleAt(last, count))
      }
    }
  }
  if (count < wordsEach) shingles.add(shingleAt(last, count))
  return shingles
}

function wordHashes(text: string): readonly number[] {
  const hashes: number[] = []
  let word = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code > 127 || wordCodes[code] === 1) word = Math.imul(word ^ code, prime) + 1
    else if (word !== 0) {
      hashes.push(word)
      word = 0
    }
  }
  if (word !== 0) hashes.push(word)
  return hashes
}

/** Of the words in their order, the oldest first. */
function shingleAt(last: Int32Array, count: number): number {
  let hash = 0
  for (let place = 0; place < wordsEach; place += 1) {
    hash = Math.imul(hash, prime) + (last[(count + place) % wordsEach] ?? 0)
    hash ^= hash >>> 15
  }
  return hash | 0
}

/** The share of shingles that two have in common (Jaccard). */
export function likenessOf(a: Shingles, b: Shingles): number {
  let both = 0
  for (const shingle of a) if (b.has(shingle)) both += 1
  return both / (a.size + b.size - both)
}
