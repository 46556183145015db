import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../docker/engine.ts'
import { findImage, removeImage, tagImage } from '../docker/images.ts'
import { importImage } from '../docker/import-image.ts'
import { runProcess } from '../util/process.ts'
import { sha256 } from '../util/sha256.ts'
import { proxyVariables } from './base-images-build.ts'

export interface BootstrapRequest {
  readonly suite: string
  readonly mirror: string
  readonly proxy: string | undefined
  readonly signal: AbortSignal
}

export type BootstrapOutcome =
  | { readonly kind: 'ready'; readonly reference: string }
  | { readonly kind: 'failed'; readonly log: string }

/** The name of the image that a Debian release is bootstrapped into. */
export function bootstrappedName(suite: string): string {
  return `openswe-debian-${suite}`
}

const timeoutMs = 20 * 60_000

/** What no image needs: package caches, what every container gets anew, and texts for people. */
const leftOut = [
  './dev/*',
  './proc/*',
  './sys/*',
  './usr/share/info/*',
  './usr/share/locale/*',
  './usr/share/man/*',
  './var/cache/apt/*',
  './var/lib/apt/lists/*',
  './var/log/*',
]

/**
 * The image of a minimal Debian, made on this machine as root without any image registry, and kept for later builds.
 * Its tree is made under /var/tmp, since /tmp may be mounted `nodev`, and is gone afterwards.
 */
export async function bootstrapDebian(engine: Engine, request: BootstrapRequest): Promise<BootstrapOutcome> {
  const reference = bootstrappedName(request.suite)
  const digest = sha256('minbase ca-certificates', request.suite, request.mirror, ...leftOut)
  const present = await findImage(engine, reference)
  if (present?.labels['openswe.template'] === digest) return { kind: 'ready', reference }
  await removeAbandonedTrees()
  const tree = await mkdtemp(join(treesDir, `${treePrefix}${process.pid}-`))
  try {
    const made = await runProcess(
      ['debootstrap', '--variant=minbase', '--include=ca-certificates', request.suite, tree, request.mirror],
      {
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...proxyVariables(request.proxy) },
        timeoutMs,
        signal: request.signal,
      },
    )
    request.signal.throwIfAborted()
    if (made.exitCode !== 0) return { kind: 'failed', log: `${new TextDecoder().decode(made.stdout)}${made.stderr}` }
    await importTree(engine, tree, reference, digest, request.signal)
    return { kind: 'ready', reference }
  } finally {
    await removeTree(tree)
  }
}

/** Tagged only when tar ended well too: a cut stream can still be a readable tar. */
async function importTree(engine: Engine, tree: string, reference: string, digest: string, signal: AbortSignal) {
  const tar = Bun.spawn(
    ['tar', '-c', '-C', tree, '--sort=name', '--numeric-owner', ...leftOut.map((path) => `--exclude=${path}`), '.'],
    { stdout: 'pipe', stderr: 'pipe', signal },
  )
  const labels = { 'openswe.kind': 'base', 'openswe.template': digest }
  const { imageId } = await importImage(engine, { tar: tar.stdout, labels, timeoutMs, signal })
  const exitCode = await tar.exited
  if (exitCode !== 0) {
    await removeImage(engine, imageId)
    throw new Error(`tar of ${tree} ended with ${exitCode}: ${await new Response(tar.stderr).text()}`)
  }
  await tagImage(engine, imageId, reference)
}

const treesDir = '/var/tmp'
const treePrefix = 'openswe-debootstrap-'

/** A killed process leaves its tree behind; the name says whose it was. */
async function removeAbandonedTrees(): Promise<void> {
  for (const name of await readdir(treesDir)) {
    const owner = name.startsWith(treePrefix) ? Number.parseInt(name.slice(treePrefix.length), 10) : Number.NaN
    if (owner > 0 && !isAlive(owner)) await removeTree(join(treesDir, name))
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** debootstrap mounts these while it runs and unmounts them at its end, but not when it is killed. */
async function removeTree(tree: string): Promise<void> {
  for (const name of ['proc', 'sys']) await runProcess(['umount', '-l', join(tree, name)])
  await rm(tree, { recursive: true, force: true })
}
