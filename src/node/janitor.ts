import { pruneUnusedCache, removeWithCache } from '../docker/build-cache.ts'
import type { Engine } from '../docker/engine.ts'
import { findImage, removeImage } from '../docker/images.ts'
import { listOurImages, type OurImage } from '../docker/our-images.ts'
import type { ImagesInUse } from './images-in-use.ts'
import { planCleaning, repositoryOf } from './janitor-plan.ts'

export interface JanitorOptions {
  readonly engine: Engine
  readonly runId: string
  readonly inUse: ImagesInUse
  /** Images of accepted environments may go too: they were pushed or saved. */
  readonly mayRemoveAccepted: boolean
  /**
   * How long a part of the builder's cache must have been unused to go as the last resort, whoever built it: it carries no
   * labels. Absent: only what had been an image of ours goes.
   */
  readonly cacheUnusedForMs?: number
  readonly nowMs: () => number
}

/** Removes from a node's engine what is ours and needed by nobody. */
export class Janitor {
  readonly #options: JanitorOptions
  readonly #settled = new Map<string, string | null>()
  readonly #lastUsedAtMs = new Map<string, number>()

  constructor(options: JanitorOptions) {
    this.#options = options
  }

  /** Something of this instance begins here: its images stay until disposed of. */
  async begin(instanceId: string): Promise<Disposable> {
    this.#lastUsedAtMs.set(repositoryOf(instanceId), this.#options.nowMs())
    return await this.#options.inUse.take(instanceId)
  }

  /** The instance came to its end: of its environments only the accepted one's image is kept, or none. */
  settle(instanceId: string, acceptedImageId: string | null): void {
    this.#settled.set(instanceId, acceptedImageId)
  }

  /** Removes, one repository after another, until `isEnough`. Returns how many images are gone. Throws FaultError. */
  async clean(isEnough: () => Promise<boolean>, signal: AbortSignal): Promise<number> {
    const { engine, inUse, runId, mayRemoveAccepted, cacheUnusedForMs, nowMs } = this.#options
    const plan = planCleaning({
      images: await listOurImages(engine, signal),
      runId,
      nowMs: nowMs(),
      isInUse: (instanceId) => inUse.has(instanceId),
      settled: this.#settled,
      mayRemoveAccepted,
      lastUsedAtMs: this.#lastUsedAtMs,
    })
    let removed = 0
    for (const { images } of plan) {
      if (await isEnough()) return removed
      removed += await removeWithCache(engine, signal, () => this.#removeAll(images, signal))
    }
    if (cacheUnusedForMs !== undefined && !(await isEnough())) await pruneUnusedCache(engine, cacheUnusedForMs, signal)
    return removed
  }

  async #removeAll(images: readonly OurImage[], signal: AbortSignal): Promise<number> {
    let removed = 0
    for (const image of images) {
      signal.throwIfAborted()
      await this.#options.inUse.removeUnused(image.instanceId, () => this.#remove(image))
      if ((await findImage(this.#options.engine, image.imageId)) === null) removed += 1
    }
    return removed
  }

  /** By its names, so that the engine refuses where a container was made of it meanwhile. */
  async #remove({ imageId, tags }: OurImage): Promise<void> {
    for (const reference of tags.length > 0 ? tags : [imageId]) await removeImage(this.#options.engine, reference)
  }
}
