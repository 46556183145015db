import { expect, test } from 'bun:test'
import { signatureOf, similarityAt } from '../../src/collect/minhash.ts'
import { MinHashIndex } from '../../src/collect/minhash-index.ts'
import { makePatch, randomFrom } from '../bench/filter-rows.ts'
import { ownPatch, patchOf } from './filter-rows.ts'

function signed(patch: string): Uint32Array {
  const signature = signatureOf(patch)
  if (signature === null) throw new Error('no line is changed')
  return signature
}

const alike = (a: string, b: string) => similarityAt(signed(a), 0, signed(b), 0)

test('a signature is of what changes, not of where', () => {
  const patch = ownPatch(3)
  expect(alike(patch, patch)).toBe(1)
  expect(alike(patch, patch.replaceAll('pkg/part_3', 'lib/other').replace('@@ -10,', '@@ -400,'))).toBe(1)
  expect(alike(patch, patch.replaceAll('    ', '\t'))).toBe(1)
  expect(alike(patch, ownPatch(4))).toBeLessThan(0.5)
})

test('a patch without changed lines has none', () => {
  expect(signatureOf('')).toBeNull()
  expect(
    signatureOf('diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n'),
  ).toBeNull()
})

test('the lines around tell changes apart that are too short to be known by themselves', () => {
  const inside = (name: string) =>
    patchOf('a.py', [` def open_${name}(${name}, mode):`, `     check_${name}(mode, ${name})`, '-    ra', '+    raise'])
  expect(alike(inside('door'), inside('window'))).toBeLessThan(0.5)
  expect(alike(inside('door'), inside('door'))).toBe(1)
})

test('a signature is the same on every machine and in every run', () => {
  expect(Bun.hash.xxHash32(new Uint8Array(signed(ownPatch(1)).buffer))).toMatchInlineSnapshot(`3164557339`)
})

test('the estimate is near the share of equal parts, over many patches', () => {
  const random = randomFrom(5)
  const errors = Array.from({ length: 100 }, () => {
    const parts = Array.from({ length: 12 }, () => makePatch('a.py', 1, random))
    const other = [...parts.slice(0, 10), makePatch('a.py', 1, random), makePatch('a.py', 1, random)]
    return alike(parts.join(''), other.join('')) - 10 / 14
  })
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
  expect(Math.abs(mean)).toBeLessThan(0.05)
  expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.25)
})

test('an index finds the most alike, the first of equals, and nothing below the threshold', () => {
  const index = new MinHashIndex()
  for (let number = 0; number < 5000; number += 1) index.add(`a__a-${number}`, signed(ownPatch(number)))
  index.add('a__a-again', signed(ownPatch(4321)))
  expect(index.nearest(signed(ownPatch(4321)), 0.85)).toEqual({ name: 'a__a-4321', similarity: 1 })
  expect(index.nearest(signed(ownPatch(5001)), 0.85)).toBeNull()
})

test('many entries with a word in common are bounded, and each is still found by its other words', () => {
  const index = new MinHashIndex()
  const common = signed(ownPatch(1))
  const variants = Array.from({ length: 500 }, (_, number) => {
    const variant = common.slice()
    for (let word = 1; word < variant.length; word += 1) variant[word] = (number + 1) * 7919 * word
    return variant
  })
  for (const [number, variant] of variants.entries()) index.add(`v-${number}`, variant)
  expect(variants.filter((variant, number) => index.nearest(variant, 0.99)?.name !== `v-${number}`)).toEqual([])
})
