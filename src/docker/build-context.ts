import { tarOf, tarOfDirectory } from './tar.ts'

interface Context {
  readonly dockerfile: string
  readonly repoDir?: string
}

/**
 * What a build may see, and nothing else: the Dockerfile, and the checkout as `repo/` where it is given. It can be read
 * more than once.
 */
export function buildContext(context: Context): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => chunksOf(context) }
}

async function* chunksOf(context: Context): AsyncGenerator<Uint8Array> {
  const dockerfile = { path: 'Dockerfile', mode: 0o644, content: new TextEncoder().encode(context.dockerfile) }
  if (context.repoDir === undefined) yield await tarOf([dockerfile])
  else yield* tarOfDirectory(context.repoDir, 'repo', [dockerfile])
}
