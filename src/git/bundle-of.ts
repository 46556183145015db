import { makeBundle } from './bundle.ts'
import { type BundleAnswer, ensureCommit, type MirrorOptions } from './mirror.ts'

/** The answer to a machine that cannot reach a repository itself: by our own cache or source, whatever came of it. */
export async function bundleOf(
  options: MirrorOptions,
  repo: string,
  commit: string,
  request: Parameters<typeof makeBundle>[2],
): Promise<BundleAnswer> {
  const mirror = await ensureCommit(options, repo, commit, request.signal)
  if (mirror.kind !== 'ready') return mirror
  const bundle = await makeBundle(mirror.gitDir, commit, request)
  return bundle.kind === 'bundle' ? bundle : { kind: 'unreachable', explanation: bundle.explanation }
}
