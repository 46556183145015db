/** Values that are forgotten a while after they were set. */
export class ExpiringMap<K, V> {
  readonly #entries = new Map<K, { readonly value: V; readonly untilMs: number }>()
  readonly #lifeMs: number
  readonly #nowMs: () => number

  constructor(lifeMs: number, nowMs: () => number = () => performance.now()) {
    this.#lifeMs = lifeMs
    this.#nowMs = nowMs
  }

  set(key: K, value: V): void {
    this.#entries.set(key, { value, untilMs: this.#nowMs() + this.#lifeMs })
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || this.#nowMs() < entry.untilMs) return entry?.value
    this.#entries.delete(key)
    return undefined
  }
}
