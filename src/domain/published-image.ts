import * as v from 'valibot'

/** Where an accepted image is to be, besides on the machine that built it. */
export type Publication =
  /** A repository of a registry, such as `ghcr.io/acme/environments`; every image is a tag of it. */
  | { readonly kind: 'push'; readonly repository: string }
  /** A folder of that machine. */
  | { readonly kind: 'save'; readonly folder: string }

/** What came of that. An image that could not be published is there all the same, and so is its verdict. */
export type PublishedImage =
  /** `repository:tag@sha256:…`, as `docker pull` takes it. */
  | { readonly kind: 'pushed'; readonly reference: string }
  /** `sha256` is of the file, in hex. */
  | { readonly kind: 'saved'; readonly path: string; readonly sha256: string; readonly sizeBytes: number }
  | { readonly kind: 'failed'; readonly message: string }

export const publishedImageSchema: v.GenericSchema<unknown, PublishedImage> = v.variant('kind', [
  v.object({ kind: v.literal('pushed'), reference: v.string() }),
  v.object({
    kind: v.literal('saved'),
    path: v.string(),
    sha256: v.string(),
    sizeBytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
  }),
  v.object({ kind: v.literal('failed'), message: v.string() }),
])

export const publicationSchema: v.GenericSchema<unknown, Publication> = v.variant('kind', [
  v.object({ kind: v.literal('push'), repository: v.string() }),
  v.object({ kind: v.literal('save'), folder: v.string() }),
])
