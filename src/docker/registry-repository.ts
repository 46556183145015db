/** A repository of a registry, split as Docker splits it. */
export type RegistryRepository =
  | {
      readonly kind: 'repository'
      /** `docker.io` where none is named. */
      readonly registry: string
      /** As it was given. */
      readonly name: string
    }
  | { readonly kind: 'unusable'; readonly explanation: string }

/** https://docs.docker.com/reference/cli/docker/image/tag/ */
const part = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const host = /^(?:localhost|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d{1,5})?$/
const nameLength = 255

/** A first part with a dot, a colon or the word `localhost` is a registry; the rest is the path in it. */
export function readRepository(name: string): RegistryRepository {
  const parts = name.split('/')
  const [first = ''] = parts
  const isHost = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost')
  const path = isHost ? parts.slice(1) : parts
  const hasName = path.length > 0 && path.every((word) => part.test(word))
  if (hasName && name.length <= nameLength && (!isHost || host.test(first))) {
    return { kind: 'repository', registry: isHost ? first : 'docker.io', name }
  }
  const shown = JSON.stringify(name.slice(0, 300))
  const wanted = 'such as ghcr.io/acme/environments, in lower case and without a tag, is wanted'
  return { kind: 'unusable', explanation: `the repository of a registry, ${wanted}, not ${shown}` }
}

/** The tag of an instance's image: its id and what the image is, so that no two images share one. */
export function tagOf(instanceId: string, imageId: string): string {
  const digest = imageId.replace(/^sha256:/, '').slice(0, 16)
  return `${instanceId.slice(0, tagLength - 1 - digest.length)}-${digest}`
}

const tagLength = 128
