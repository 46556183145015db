import { MinHashIndex } from '../minhash-index.ts'
import type { Rule } from './rule.ts'

/** Drops a row whose patch is at least so alike (0 to 1) to that of a row kept before it, in whichever repository. */
export function nearDuplicateRule(similarity: number): Rule {
  const kept = new MinHashIndex()
  return {
    name: 'near-duplicate',
    check: ({ signature }) => {
      const alike = signature === null ? null : kept.nearest(signature, similarity)
      if (alike === null) return 'keep'
      return { drop: `its patch is about ${alike.similarity.toFixed(2)} like that of ${alike.name}, which came first` }
    },
    remember: ({ row, signature }) => {
      if (signature !== null) kept.add(row.instance_id, signature)
    },
  }
}
