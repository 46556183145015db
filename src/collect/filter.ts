import { type FilterRow, readFilterRow } from './filter-row.ts'
import { Facts, type Finding, type Rule } from './rules/rule.ts'

export type Judgement =
  | { readonly kind: 'kept'; readonly facts: Facts }
  | { readonly kind: 'dropped'; readonly instance_id: string; readonly rule: string; readonly explanation: string }
  | { readonly kind: 'broken'; readonly instance_id?: string; readonly code: string; readonly message: string }
  | { readonly kind: 'blank' }

/** How many rows a rule met, in the order of the rules. */
export interface FunnelStage {
  readonly rule: string
  readonly dropped: number
  /** Rows that it let pass because they do not say what it asks. */
  readonly notSaid: number
  /** What is left after it. */
  readonly left: number
}

export interface Funnel {
  readonly rows: number
  readonly broken: number
  readonly stages: readonly FunnelStage[]
  readonly kept: number
}

export interface FilterOptions {
  readonly rules: readonly Rule[]
  /** Drop a row by the first rule whose question it does not answer, too. */
  readonly dropNotSaid: boolean
}

/** Judges rows one after the other and counts them: the first rule that drops a row is the one that is named. */
export class Filter {
  readonly #options: FilterOptions
  readonly #dropped: number[]
  readonly #notSaid: number[]
  #rows = 0
  #broken = 0

  constructor(options: FilterOptions) {
    this.#options = options
    this.#dropped = options.rules.map(() => 0)
    this.#notSaid = options.rules.map(() => 0)
  }

  judge(line: Uint8Array): Judgement {
    const read = readFilterRow(line)
    if (read.kind === 'blank') return read
    this.#rows += 1
    if (read.kind === 'row') return this.#judgeRow(read.row)
    this.#broken += 1
    return read
  }

  /** Counts a line that was too long to be judged. */
  countBroken(): void {
    this.#rows += 1
    this.#broken += 1
  }

  funnel(): Funnel {
    let left = this.#rows - this.#broken
    const stages = this.#options.rules.map(({ name }, at) => {
      const dropped = this.#dropped[at] ?? 0
      left -= dropped
      return { rule: name, dropped, notSaid: this.#notSaid[at] ?? 0, left }
    })
    return { rows: this.#rows, broken: this.#broken, stages, kept: left }
  }

  #judgeRow(row: FilterRow): Judgement {
    const facts = new Facts(row)
    const { rules, dropNotSaid } = this.#options
    for (let at = 0; at < rules.length; at += 1) {
      const finding = rules[at]?.check(facts) ?? 'keep'
      if (finding === 'keep') continue
      if (finding !== 'not-said' || dropNotSaid) return this.#drop(row, at, finding)
      this.#notSaid[at] = (this.#notSaid[at] ?? 0) + 1
    }
    for (const rule of rules) rule.remember?.(facts)
    return { kind: 'kept', facts }
  }

  #drop({ instance_id }: FilterRow, at: number, finding: Exclude<Finding, 'keep'>): Judgement {
    this.#dropped[at] = (this.#dropped[at] ?? 0) + 1
    const explanation = finding === 'not-said' ? notSaid : finding.drop
    return { kind: 'dropped', instance_id, rule: this.#options.rules[at]?.name ?? '', explanation }
  }
}

const notSaid = 'the row does not say what the rule asks'

/** What each rule finds about one row by itself, whatever the others find. */
export function findings(
  facts: Facts,
  rules: readonly Rule[],
): readonly { readonly rule: string; readonly finding: Finding }[] {
  return rules.map((rule) => ({ rule: rule.name, finding: rule.check(facts) }))
}
