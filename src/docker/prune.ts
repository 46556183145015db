import { FaultError } from '../domain/fault.ts'
import { removeContainer } from './container-calls.ts'
import type { Engine } from './engine.ts'
import { removeImage } from './images.ts'
import { type LabelKind, labelKeys } from './labels.ts'

export interface SweepFilter {
  /** Only what this run made. */
  readonly runId?: string
  /** Only what was made at least this long ago. */
  readonly olderThanMs?: number
  /** Containers are `eval`. Without kinds: containers and the images that only live as long as an eval run. */
  readonly kinds?: readonly LabelKind[]
  /** Ids of images that stay. */
  readonly keep?: ReadonlySet<string>
}

export interface SweepReport {
  readonly containers: number
  readonly images: number
  /** What could not be removed, and why. */
  readonly problems: readonly string[]
}

/**
 * Removes containers and images that carry our labels and match; nothing else is looked at. Labels are inherited, so a
 * container needs our kind of name as well, and an image that has a name must have one of ours: what others made from
 * our images stays. An image that something stands on stays too.
 */
export async function sweep(engine: Engine, filter: SweepFilter): Promise<SweepReport> {
  const kinds = filter.kinds ?? ['eval', 'state']
  const problems: string[] = []
  const containers = kinds.includes('eval') ? await containersOf(engine, filter) : []
  for (const name of containers) await removeContainer(engine, name).catch(note(problems))
  const removedContainers = containers.length - problems.length
  return { containers: removedContainers, images: await removeImages(engine, filter, kinds, problems), problems }
}

/** Again while some go: of those made within one second nothing says which stands on which. */
async function removeImages(
  engine: Engine,
  filter: SweepFilter,
  kinds: readonly LabelKind[],
  problems: string[],
): Promise<number> {
  const found = await imagesOf(engine, filter, kinds)
  let left = found
  let failed: string[] = []
  for (let before = Number.POSITIVE_INFINITY; left.length > 0 && left.length < before; ) {
    before = left.length
    failed = []
    for (const reference of left.flatMap(referencesOf)) await removeImage(engine, reference).catch(note(failed))
    left = await imagesOf(engine, filter, kinds)
  }
  problems.push(...failed)
  return found.length - left.length
}

function note(problems: string[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof FaultError)) throw error
    problems.push(error.message)
  }
}

interface ListedContainer {
  readonly Names: readonly string[]
  readonly Created: number
  readonly Labels: Readonly<Record<string, string>>
}

async function containersOf(engine: Engine, filter: SweepFilter): Promise<string[]> {
  const listed = await engine.call<readonly ListedContainer[]>({
    method: 'GET',
    path: '/containers/json',
    query: { all: '1', filters: labelFilter(filter, 'eval') },
    doing: 'list containers',
  })
  return listed
    .filter((container) => isOldEnough(container, filter))
    .flatMap((container) => container.Names.map((name) => name.replace(/^\//, '')))
    .filter((name) => /^openswe-.+-[0-9a-f]{12}-[0-9a-f]{12}$/.test(name))
}

interface ListedImage {
  readonly Id: string
  readonly RepoTags: readonly string[] | null
  readonly Created: number
}

/** Newest first, so that what stands on another goes before it; those without a name that others stand on too. */
async function imagesOf(engine: Engine, filter: SweepFilter, kinds: readonly LabelKind[]): Promise<ListedImage[]> {
  const found: ListedImage[] = []
  for (const kind of kinds) {
    const listed = await engine.call<readonly ListedImage[]>({
      method: 'GET',
      path: '/images/json',
      query: { all: '1', filters: labelFilter(filter, kind) },
      doing: 'list images',
    })
    found.push(...listed.filter((image) => isWanted(image, filter)))
  }
  return found.sort((a, b) => b.Created - a.Created)
}

function isWanted(image: ListedImage, filter: SweepFilter): boolean {
  return isOldEnough(image, filter) && tagsOf(image).every(isOurs) && filter.keep?.has(image.Id) !== true
}

function labelFilter(filter: SweepFilter, kind: LabelKind): string {
  const run = filter.runId === undefined ? labelKeys.kind : `${labelKeys.run}=${filter.runId}`
  return JSON.stringify({ label: [run, `${labelKeys.kind}=${kind}`] })
}

function isOldEnough(made: { readonly Created: number }, filter: SweepFilter): boolean {
  return filter.olderThanMs === undefined || Date.now() - made.Created * 1000 >= filter.olderThanMs
}

function tagsOf(image: ListedImage): readonly string[] {
  return (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>')
}

function isOurs(tag: string): boolean {
  return tag.startsWith('openswe')
}

function referencesOf(image: ListedImage): readonly string[] {
  const tags = tagsOf(image)
  return tags.length > 0 ? tags : [image.Id]
}
