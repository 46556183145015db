import type { OurImage } from '../docker/our-images.ts'

export interface CleaningQuestion {
  /** Newest first. */
  readonly images: readonly OurImage[]
  readonly runId: string
  readonly nowMs: number
  readonly isInUse: (instanceId: string) => boolean
  /** What came of instances of this run: the image of the accepted environment, or null where there is none. */
  readonly settled: ReadonlyMap<string, string | null>
  /** Images of accepted environments may go too: they can be had again from elsewhere. */
  readonly mayRemoveAccepted: boolean
  /** When something of a repository was last begun here, by `repositoryOf`. */
  readonly lastUsedAtMs: ReadonlyMap<string, number>
}

/** Images of one repository, in the order in which they are to go. */
export interface Cleaning {
  readonly repository: string
  readonly images: readonly OurImage[]
}

/** After this long no attempt of another run still works with what it made at its beginning. */
const foreignMs = 24 * 60 * 60_000

/** What may be removed, least recently used repository first, so that the layers it shares come free together. */
export function planCleaning(question: CleaningQuestion): readonly Cleaning[] {
  const removable = question.images.filter((image) => isRemovable(image, question))
  const repositories = Map.groupBy(removable, ({ instanceId }) => repositoryOf(instanceId))
  const usedAtMs = (repository: string) =>
    Math.max(
      question.lastUsedAtMs.get(repository) ?? 0,
      ...question.images
        .filter(({ instanceId }) => repositoryOf(instanceId) === repository)
        .map(({ createdAtMs }) => createdAtMs),
    )
  return [...repositories]
    .map(([repository, images]) => ({ repository, images, at: usedAtMs(repository) }))
    .sort((one, other) => one.at - other.at)
    .map(({ repository, images }) => ({ repository, images }))
}

/** `owner__name` of an instance's id. Only an order follows from it. */
export function repositoryOf(instanceId: string): string {
  return instanceId.replace(/-[^-]*$/, '')
}

/**
 * A base image stays, or no further instance of its version could be tried. Of another run only what it needs no more: an
 * environment of it may be one that it accepted.
 */
function isRemovable(image: OurImage, question: CleaningQuestion): boolean {
  if (image.isUsed || question.isInUse(image.instanceId)) return false
  switch (image.kind) {
    case 'state':
    case 'head':
      return image.runId === question.runId || question.nowMs - image.createdAtMs > foreignMs
    case 'environment':
      return image.runId === question.runId && isDispensable(image, question)
    case 'base':
    case 'eval':
      return false
  }
}

/** Of an instance that nothing is known of, any may be the accepted one. */
function isDispensable({ imageId, instanceId }: OurImage, question: CleaningQuestion): boolean {
  if (question.mayRemoveAccepted) return true
  const accepted = question.settled.get(instanceId)
  return accepted !== undefined && accepted !== imageId
}
