import type { Engine } from './engine.ts'
import { type LabelKind, labelKeys } from './labels.ts'

export interface OurImage {
  readonly imageId: string
  readonly kind: LabelKind
  readonly runId: string
  readonly instanceId: string
  /** Its names; one without any is removed by its id. */
  readonly tags: readonly string[]
  readonly createdAtMs: number
  /** Some container is made of it, whoever's, running or not. */
  readonly isUsed: boolean
}

const kinds: readonly string[] = ['state', 'head', 'environment', 'base'] satisfies LabelKind[]

/** All images that carry our labels, newest first. One that somebody gave a name of their own is not ours. */
export async function listOurImages(engine: Engine, signal: AbortSignal): Promise<readonly OurImage[]> {
  const labelled = JSON.stringify({ label: [labelKeys.kind] })
  const images = await engine.call<readonly ListedImage[]>({
    method: 'GET',
    path: '/images/json',
    query: { all: '1', filters: labelled },
    doing: 'list images',
    signal,
  })
  const containers = await engine.call<readonly { readonly ImageID: string }[]>({
    method: 'GET',
    path: '/containers/json',
    query: { all: '1' },
    doing: 'list containers',
    signal,
  })
  const used = new Set(containers.map(({ ImageID }) => ImageID))
  return images
    .flatMap((image) => ourImage(image, used.has(image.Id)))
    .sort((one, other) => other.createdAtMs - one.createdAtMs)
}

interface ListedImage {
  readonly Id: string
  readonly RepoTags: readonly string[] | null
  readonly Created: number
  readonly Labels: Readonly<Record<string, string>> | null
}

function ourImage({ Id, RepoTags, Created, Labels }: ListedImage, isUsed: boolean): OurImage[] {
  const tags = (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>')
  const kind = Labels?.[labelKeys.kind] ?? ''
  if (!isKind(kind) || !tags.every((tag) => tag.startsWith('openswe'))) return []
  const runId = Labels?.[labelKeys.run] ?? ''
  const instanceId = Labels?.[labelKeys.instance] ?? ''
  return [{ imageId: Id, kind, runId, instanceId, tags, createdAtMs: Created * 1000, isUsed }]
}

function isKind(kind: string): kind is LabelKind {
  return kinds.includes(kind)
}
