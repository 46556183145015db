import type { Engine } from '../docker/engine.ts'
import type { Manifest } from '../evaluation/manifest.ts'
import type { Finding } from './finding.ts'
import type { GoldLines } from './gold-lines.ts'
import { checkUntracked } from './image-rules.ts'
import { auditLayers } from './layer-audit.ts'
import { auditTestbed } from './testbed-audit.ts'

export interface AuditInput {
  readonly engine: Engine
  readonly imageId: string
  /** Of the container that the image is read through. */
  readonly labels: Readonly<Record<string, string>>
  readonly commit: string
  readonly base: { readonly layers: readonly string[]; readonly environment: readonly string[] }
  /** The checkout that was copied into the image. */
  readonly checkout: {
    readonly manifest: Manifest
    readonly objects: ReadonlySet<string>
    /** Content digests of the checkout's `.git` files by path below `.git`. */
    readonly gitFiles: Manifest
  }
  readonly gold: GoldLines
  readonly projectNames: readonly string[]
  /** Folders of the repository, relative to it, that the test command makes Python import from. */
  readonly importRoots: readonly string[]
  readonly workDir: string
  readonly signal: AbortSignal
}

export interface AuditReport {
  /** What tells most about where a thing came from is first. */
  readonly findings: readonly Finding[]
  /** What was looked at, counted. */
  readonly counts: Readonly<Record<string, number>>
  /** Folders whose compiled Python is to be compared with its sources, once these are as patched. */
  readonly bytecodeFolders: readonly string[]
}

/**
 * Looks from outside at everything an image holds above its base, deleted files of lower layers included: the objects
 * in `.git` are exactly those of `base_commit`, the tree is that commit's, nothing newer of the project is installed,
 * what is installed is as its distribution has it, and the gold patch is nowhere.
 */
export async function auditImage(input: AuditInput): Promise<AuditReport> {
  const testbed = await auditTestbed(input)
  const layers = await auditLayers(input, testbed.gitFiles)
  const roots = [...input.importRoots, ...layers.importRoots].filter((root) => root !== '')
  const isTracked = (path: string) => input.checkout.manifest.has(path)
  const untracked = testbed.untracked.flatMap((path) => checkUntracked(path, roots, isTracked) ?? [])
  return {
    findings: [...testbed.findings, ...untracked, ...layers.findings],
    counts: { ...testbed.counts, ...layers.counts },
    bytecodeFolders: layers.bytecodeFolders,
  }
}
