import type { Instance } from '../domain/instance.ts'
import type { RowProblem } from './problem.ts'

/** Fields that two rows of one id are compared by, in the order they are named. */
const compared = [
  'repo',
  'base_commit',
  'patch',
  'test_patch',
  'problem_statement',
  'version',
  'language',
  'end_commit',
  'created_at',
  'hints_text',
  'pull_number',
  'license_name',
  'FAIL_TO_PASS',
  'PASS_TO_PASS',
  'published',
] as const satisfies readonly (keyof Instance)[]

/** Line number, then one hash for each compared field. */
const numbersPerRow = 1 + compared.length

/** Remembers every instance seen by its id, its line and a hash of each field: flat, since input may have many rows. */
export class Duplicates {
  readonly #indexes = new Map<string, number>()
  /** Ids as written, where they are not in lower case. */
  readonly #spellings = new Map<string, string>()
  #numbers = new Uint32Array(numbersPerRow * 256)

  /** Null where the id is new; it is remembered then. Ids that differ in case only would share one path. */
  check(instance: Instance, line: number): RowProblem | null {
    const id = instance.instance_id
    const key = id.toLowerCase()
    const index = this.#indexes.get(key)
    if (index === undefined) {
      this.#remember(instance, line, key)
      return null
    }
    const start = index * numbersPerRow
    const firstLine = this.#numbers[start]
    const firstId = this.#spellings.get(key) ?? key
    if (firstId !== id) {
      const message = `"${id}" and "${firstId}" (line ${firstLine}) differ in case only and would share one path — rename one`
      return { severity: 'error', code: 'E_TASK_DUP_FOLD', message }
    }
    const differing = compared.filter((field, at) => this.#numbers[start + 1 + at] !== hash(instance[field]))
    if (differing.length === 0) {
      const message = `"${id}" is on line ${firstLine} already, with the same content — one is kept; remove the other`
      return { severity: 'warning', code: 'E_TASK_DUP', message }
    }
    const fields = differing.map((field) => `"${field}"`).join(', ')
    const message = `"${id}" on lines ${firstLine} and ${line} differ in ${fields} — the first is used; remove one`
    return { severity: 'error', code: 'E_TASK_DUP', message }
  }

  #remember(instance: Instance, line: number, key: string): void {
    const start = this.#indexes.size * numbersPerRow
    if (start === this.#numbers.length) {
      const larger = new Uint32Array(this.#numbers.length * 2)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers.set([line, ...compared.map((field) => hash(instance[field]))], start)
    this.#indexes.set(key, this.#indexes.size)
    if (key !== instance.instance_id) this.#spellings.set(key, instance.instance_id)
  }
}

function hash(value: unknown): number {
  return Bun.hash.xxHash32(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
}
