import * as v from 'valibot'
import { type Description, describeCommit } from './described-version.ts'
import { git } from './git.ts'
import { type KeptHistory, keptHistory, objectsOf } from './history.ts'
import { isObjectId, objectFormatOf } from './object-id.ts'
import { Scratch } from './scratch.ts'

/**
 * What a machine needs of a repository that it cannot reach: one line of JSON that says what follows, then a pack of
 * the commit, its ancestors to a depth, and nothing else. Git's own bundles cannot say where a history is cut off.
 */
export interface BundleHead {
  readonly format: typeof bundleFormat
  readonly commit: string
  readonly depth: number
  /** Commits in it whose parents are not. */
  readonly shallow: readonly string[]
  /** What the whole history says of the commit's version: what is sent of it cannot. */
  readonly description: Description | null
  /** The commit of the described tag, where that is in the bundle. */
  readonly tagged: string | null
}

export type BundleOutcome =
  | { readonly kind: 'bundle'; readonly bytes: Uint8Array }
  | { readonly kind: 'unable'; readonly explanation: string }

export const bundleFormat = 'openswe-bundle 1'
export const bundleLimitBytes = 512 * 1024 * 1024
/** A head is a line of a few hundred bytes, and of 41 more for each commit at which a history is cut off. */
const bundleHeadBytes = 8 * 1024 * 1024

export interface BundleRequest {
  /** 1 is the commit alone. */
  readonly depth: number
  readonly limitBytes?: number
  readonly signal: AbortSignal
}

/** Packs a commit that `gitDir` has. Deltas are taken over as they are, so that it costs little more than reading. */
export async function makeBundle(gitDir: string, commit: string, request: BundleRequest): Promise<BundleOutcome> {
  const { depth, limitBytes = bundleLimitBytes, signal } = request
  await using scratch = await Scratch.over(gitDir, objectFormatOf(commit))
  const history = await keptHistory(scratch.gitDir, commit, depth, signal)
  const listing = await objectsOf(scratch.gitDir, history.commits, signal)
  if (listing.kind === 'incomplete') {
    return { kind: 'unable', explanation: `the repository lacks objects of ${commit}: ${listing.explanation}` }
  }
  const args = ['pack-objects', '-q', '--stdout', '--window=0', '--delta-base-offset']
  const packing = { gitDir: scratch.gitDir, stdin: listing.lines, outputLimitBytes: limitBytes, signal }
  const { exitCode, stdout: pack, stderr } = await git(args, packing)
  if (exitCode !== 0) return { kind: 'unable', explanation: `${commit} cannot be packed: ${stderr.slice(0, 2000)}` }
  const head = JSON.stringify(await headOf(gitDir, commit, history, request))
  // Output that was too long holds a note about that instead, and is longer still.
  if (pack.byteLength + head.length > limitBytes) {
    return { kind: 'unable', explanation: `the objects of ${commit} take more than ${limitBytes} bytes` }
  }
  return { kind: 'bundle', bytes: Buffer.concat([Buffer.from(`${head}\n`), pack]) }
}

async function headOf(
  gitDir: string,
  commit: string,
  { commits, shallow }: KeptHistory,
  { depth, signal }: BundleRequest,
): Promise<BundleHead> {
  const description = await describeCommit(gitDir, commit, signal)
  const tagged = description === null ? null : await commitOfTag(gitDir, description.tag, signal)
  const isSent = tagged !== null && commits.includes(tagged)
  return { format: bundleFormat, commit, depth, shallow, description, tagged: isSent ? tagged : null }
}

/** Null where the repository does not have the tag. */
export async function commitOfTag(gitDir: string, tag: string, signal: AbortSignal): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', `refs/tags/${tag}^{commit}`]
  const { exitCode, stdout } = await git(args, { gitDir, signal })
  return exitCode === 0 ? new TextDecoder().decode(stdout).trim() : null
}

const objectId = v.pipe(v.string(), v.check(isObjectId, 'must be an object id'))

const bundleHead: v.GenericSchema<unknown, BundleHead> = v.object({
  format: v.literal(bundleFormat),
  commit: objectId,
  depth: v.pipe(v.number(), v.integer(), v.minValue(1)),
  shallow: v.array(objectId),
  description: v.nullable(
    v.object({ tag: v.string(), distance: v.pipe(v.number(), v.integer(), v.minValue(0)), version: v.string() }),
  ),
  tagged: v.nullable(objectId),
})

/** Null where the bytes do not begin as a bundle does. Nothing behind the head is looked at. */
export function readBundle(bytes: Uint8Array): { readonly head: BundleHead; readonly pack: Uint8Array } | null {
  const end = bytes.subarray(0, bundleHeadBytes).indexOf(10)
  if (end < 0) return null
  try {
    const head = v.safeParse(bundleHead, JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))))
    return head.success ? { head: head.output, pack: bytes.subarray(end + 1) } : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
