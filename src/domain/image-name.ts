/** What an image repository may be named: https://docs.docker.com/reference/cli/docker/image/tag/ */
const safeName = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/

/**
 * The image repository of an instance: `openswe/` and its id in lower case; characters that a name may not have become
 * `-`. Two ids may share one, since the tag says what an image was made from.
 */
export function imageRepository(instanceId: string): string {
  const name = instanceId.toLowerCase()
  if (safeName.test(name)) return `openswe/${name}`
  const cleaned = name
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 100)
  return `openswe/${cleaned === '' ? 'instance' : cleaned}`
}
