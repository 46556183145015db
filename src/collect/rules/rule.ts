import { hasChange } from '../filter-change.ts'
import type { FilterRow } from '../filter-row.ts'
import { type Signature, signatureOf } from '../minhash.ts'
import { assessQuality, type Quality } from '../quality/quality.ts'

/** What rules may ask about a row; what takes time is computed when it is first asked for. */
export class Facts {
  readonly row: FilterRow
  #signature: Signature | null | undefined
  #quality: Quality | undefined

  constructor(row: FilterRow) {
    this.row = row
  }

  /** Whether something outside tests is changed, whichever patch it stands in. */
  get hasSource(): boolean {
    return hasChange([this.row.patch, this.row.test_patch ?? ''], 'source')
  }

  get hasTests(): boolean {
    return hasChange([this.row.test_patch ?? '', this.row.patch], 'test')
  }

  /** Null where the patch changes no line. */
  get signature(): Signature | null {
    if (this.#signature === undefined) this.#signature = signatureOf(this.row.patch)
    return this.#signature
  }

  get quality(): Quality {
    this.#quality ??= assessQuality(this.row)
    return this.#quality
  }
}

/** A rule's finding about one row: it may stay, the row does not say what the rule asks, or why it is dropped. */
export type Finding = 'keep' | 'not-said' | { readonly drop: string }

export interface Rule {
  /** As the funnel and `--dropped` name it. */
  readonly name: string
  check(facts: Facts): Finding
  /** Called with each row that all rules keep, so that later rows can be compared with it. */
  remember?(facts: Facts): void
}
