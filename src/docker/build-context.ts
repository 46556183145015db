import { tarOf, tarOfDirectory } from './tar.ts'

/** What a build may see, and nothing else: the Dockerfile, and the checkout as `repo/` where it is given. */
export async function* buildContext(context: {
  readonly dockerfile: string
  readonly repoDir?: string
}): AsyncGenerator<Uint8Array> {
  const dockerfile = { path: 'Dockerfile', mode: 0o644, content: new TextEncoder().encode(context.dockerfile) }
  if (context.repoDir === undefined) yield await tarOf([dockerfile])
  else yield* tarOfDirectory(context.repoDir, 'repo', [dockerfile])
}
