import { imageRepository } from '../domain/image-name.ts'
import { KeyedLock } from '../util/semaphore.ts'

/** Which instances' images a node works with. They are in use or being removed, never both. */
export class ImagesInUse {
  readonly #holders = new Map<string, number>()
  readonly #lock = new KeyedLock()

  /** Of one instance, until disposed of. Waits while something of it is being removed. */
  async take(instanceId: string): Promise<Disposable> {
    const key = imageRepository(instanceId)
    await this.#lock.with(key, async () => this.#count(key, 1))
    return { [Symbol.dispose]: () => this.#count(key, -1) }
  }

  /** Removes something of an instance, unless that is in use. */
  removeUnused(instanceId: string, remove: () => Promise<void>): Promise<void> {
    return this.#lock.with(imageRepository(instanceId), async () => {
      if (!this.has(instanceId)) await remove()
    })
  }

  has(instanceId: string): boolean {
    return this.#holders.has(imageRepository(instanceId))
  }

  #count(key: string, change: number): void {
    const holders = (this.#holders.get(key) ?? 0) + change
    if (holders > 0) this.#holders.set(key, holders)
    else this.#holders.delete(key)
  }
}
