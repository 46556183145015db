import { signatureOf } from '../../src/collect/minhash.ts'
import { MinHashIndex } from '../../src/collect/minhash-index.ts'
import type { Result } from './figure.ts'
import { makePatch, randomFrom } from './filter-rows.ts'

const rounds = 5
const patchCount = 100_000
/** Changed copies of patches, whose exact similarity is reckoned. */
const sampleCount = 2000
const threshold = 0.85

/** Signing and looking up many patches, and how many of those that are alike are found. */
export async function minhashBench(): Promise<readonly Result[]> {
  const random = randomFrom(3)
  const hunks = Array.from({ length: patchCount }, () =>
    Array.from({ length: 8 }, () => makePatch(`src/part_${random(1000)}.py`, 1, random)),
  )
  const patches = hunks.map((parts) => parts.join(''))
  const measured: number[] = []
  const floor: number[] = []
  let index = new MinHashIndex()
  for (let round = 0; round <= rounds; round += 1) {
    const [hashMs] = timed(() => patches.map((patch) => Bun.hash.xxHash32(patch)))
    const [ourMs, made] = timed(() => indexOf(patches))
    index = made
    if (round === 0) continue
    floor.push(hashMs)
    measured.push(ourMs)
  }
  const copies = copiesOf(index, hunks)
  const share = (low: number, high: number) => {
    const between = copies.filter(({ exact }) => exact >= low && exact < high)
    return `${between.filter(({ isFound }) => isFound).length} of ${between.length}`
  }
  const of =
    `MinHash of ${patchCount} patches, each signed, looked up and entered; of changed copies these are found as at least ` +
    `${threshold} alike, by exact Jaccard: from 0.9 ${share(0.9, 2)}, from ${threshold} ${share(threshold, 2)}, ` +
    `from 0.8 to ${threshold} ${share(0.8, threshold)}, below 0.8 ${share(0, 0.8)}`
  return [
    {
      kind: 'figure',
      unit: 'ms',
      measured: { of, values: measured },
      floor: { of: 'one xxHash32 of each patch', values: floor },
      goal: { of: 'measured', atMost: 10_000 },
    },
  ]
}

function timed<T>(work: () => T): readonly [number, T] {
  const beganMs = performance.now()
  const result = work()
  return [performance.now() - beganMs, result]
}

function indexOf(patches: readonly string[]): MinHashIndex {
  const index = new MinHashIndex()
  for (const [number, patch] of patches.entries()) {
    const signature = signatureOf(patch)
    if (signature === null) throw new Error('a patch changes no line')
    if (index.nearest(signature, threshold) === null) index.add(String(number), signature)
  }
  return index
}

interface Copy {
  readonly exact: number
  readonly isFound: boolean
}

/** Looks up copies in which a token here and there is another. */
function copiesOf(index: MinHashIndex, hunks: readonly (readonly string[])[]): readonly Copy[] {
  const random = randomFrom(4)
  return Array.from({ length: sampleCount }, () => {
    const number = random(hunks.length)
    const patch = hunks[number]?.join('') ?? ''
    const chance = 1 + random(40)
    const copy = patch.replace(/^[+-] .*$/gm, (line) =>
      line.replace(/\w+/g, (word) => (random(400) < chance ? `${word}x` : word)),
    )
    const signature = signatureOf(copy)
    const isFound = signature !== null && index.nearest(signature, threshold)?.name === String(number)
    return { exact: exactJaccard(patch, copy), isFound }
  })
}

function exactJaccard(a: string, b: string): number {
  const [first, second] = [shinglesOf(a), shinglesOf(b)]
  const both = [...first].filter((shingle) => second.has(shingle)).length
  return both / (first.size + second.size - both)
}

/** Tokens of the changed lines by fours, reckoned by another way than in the signature. */
function shinglesOf(patch: string): ReadonlySet<string> {
  const lines = patch.split('\n').filter((line) => /^[+-](?![+-]{2} )/.test(line))
  const tokens = ['', '', '', ...lines.flatMap((line) => line.match(/[^\s!-/:-@[-^`{-~]+|[^\s\w]/g) ?? [])]
  return new Set(tokens.slice(3).map((_, at) => tokens.slice(at, at + 4).join('\0')))
}
