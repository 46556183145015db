import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Engine } from '../docker/engine.ts'
import { type ImageFile, readImageDirectory, scanImage } from '../docker/image-scan.ts'
import { testbedPath } from '../domain/environment.ts'
import { listObjects } from '../git/object-audit.ts'
import { objectFormatOf } from '../git/object-id.ts'
import type { GoldLines } from './gold-lines.ts'
import {
  checkContent,
  checkDistribution,
  checkEnvironment,
  checkGitFile,
  checkPath,
  checkPthFile,
  checkUntracked,
  type Finding,
} from './image-rules.ts'
import { compareManifests, entryFor, type Manifest, type ManifestEntry } from './manifest.ts'

export interface AuditInput {
  readonly engine: Engine
  readonly imageId: string
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
  readonly workDir: string
  readonly signal: AbortSignal
}

export interface AuditReport {
  readonly findings: readonly Finding[]
  /** What was looked at, counted. */
  readonly counts: Readonly<Record<string, number>>
}

/** Content larger than this is not searched for lines of the gold patch. */
const maxSearchedBytes = 32 * 1024 * 1024

/**
 * Looks from outside at everything an image holds above its base, deleted files of lower layers included: the objects
 * in `.git` are exactly those of `base_commit`, the tree is that commit's, nothing newer of the project is installed,
 * and the gold patch is nowhere (RELIABILITY.md 5.1).
 */
export async function auditImage(input: AuditInput): Promise<AuditReport> {
  const findings: Finding[] = []
  const testbed = await auditTestbed(input, findings)
  const layers = await auditLayers(input, findings)
  return { findings, counts: { ...testbed, ...layers } }
}

async function auditTestbed(input: AuditInput, findings: Finding[]): Promise<Record<string, number>> {
  const objectStore = await mkdtemp(join(input.workDir, 'audit-'))
  await mkdir(join(objectStore, 'objects'))
  try {
    const actual = new Map<string, ManifestEntry>()
    const gitFiles = new Map<string, ManifestEntry>()
    const visit = async (file: ImageFile) => {
      if (file.type === 'other') {
        findings.push({ reason: 'testbed-differs-from-base', explanation: `${file.path} is a device, socket or pipe` })
        return
      }
      const content = file.type === 'link' ? (file.linkTo ?? '') : await file.content()
      const entry = entryFor(file.type, file.mode, content)
      const path = file.path.replace(/^\/?testbed\//, '')
      if (!path.startsWith('.git/')) {
        actual.set(path, entry)
        if (!input.checkout.manifest.has(path)) auditUntracked(input, path, content, findings)
        return
      }
      gitFiles.set(path.slice('.git/'.length), entry)
      if (path.startsWith('.git/objects/') && typeof content !== 'string')
        await keep(objectStore, path.slice(5), content)
    }
    await readImageDirectory(input.engine, input.imageId, testbedPath, visit, { signal: input.signal })
    findings.push(...auditTree(input.checkout.manifest, actual), ...auditGitFiles(input.checkout.gitFiles, gitFiles))
    const { objects, unexplained } = await listObjects(objectStore, objectFormatOf(input.commit), input.signal)
    findings.push(...auditObjects(input.checkout.objects, objects, unexplained))
    return { trackedFiles: input.checkout.manifest.size, gitObjects: objects.size, gitFiles: gitFiles.size }
  } finally {
    await rm(objectStore, { recursive: true, force: true })
  }
}

function auditObjects(
  expected: ReadonlySet<string>,
  actual: ReadonlySet<string>,
  unexplained: readonly string[],
): Finding[] {
  const surplus = [...actual].filter((id) => !expected.has(id))
  const findings: Finding[] = []
  if (surplus.length > 0) {
    const explanation = `${surplus.length} git objects in /testbed/.git do not belong to base_commit, such as ${surplus[0]}`
    findings.push({ reason: 'leak-git-objects', explanation })
  }
  for (const name of unexplained) {
    findings.push({ reason: 'leak-git-objects', explanation: `/testbed/.git/objects/${name} holds nobody knows what` })
  }
  return findings
}

function auditUntracked(input: AuditInput, path: string, content: Uint8Array | string, findings: Finding[]): void {
  const finding = checkUntracked(path)
  if (finding) findings.push(finding)
  if (typeof content !== 'string' && input.gold.isCopiedIn(content)) findings.push(goldFinding(`testbed/${path}`))
}

function auditTree(expected: Manifest, actual: Manifest): Finding[] {
  const { missing, changed } = compareManifests(expected, actual)
  const wrong = [...missing, ...changed]
  if (wrong.length === 0) return []
  const explanation = `${wrong.length} tracked files are not as in base_commit, such as ${wrong[0]}`
  return [{ reason: 'testbed-differs-from-base', explanation }]
}

function auditGitFiles(expected: Manifest, actual: Manifest): Finding[] {
  const { changed, extra } = compareManifests(expected, actual)
  const findings = extra.map((path) => checkGitFile(path)).filter((finding) => finding !== null)
  const contents = [...changed, ...extra].filter((path) => ['HEAD', 'config', 'shallow', 'packed-refs'].includes(path))
  for (const path of contents) {
    findings.push({ reason: 'leak-git-metadata', explanation: `/testbed/.git/${path} is not as in the checkout` })
  }
  return findings
}

async function auditLayers(input: AuditInput, findings: Finding[]): Promise<Record<string, number>> {
  const distributions = new Map<string, { metadata?: string; directUrl?: string }>()
  let files = 0
  const visit = async (file: ImageFile) => {
    files += 1
    const path = file.path.replace(/^\//, '')
    const finding = checkPath(path)
    if (finding) findings.push(finding)
    if (file.type !== 'file' || path.startsWith('testbed/') || file.sizeBytes > maxSearchedBytes) return
    const content = await file.content()
    const text = () => new TextDecoder().decode(content)
    for (const found of [checkContent(path, content), path.endsWith('.pth') ? checkPthFile(path, text()) : null]) {
      if (found) findings.push(found)
    }
    noteDistribution(distributions, path, text)
    if (input.gold.isCopiedIn(content)) findings.push(goldFinding(path))
  }
  const config = await scanImage(input.engine, input.imageId, visit, {
    skipLayers: input.base.layers,
    signal: input.signal,
  })
  for (const { metadata, directUrl } of distributions.values()) {
    const name = /^Name: *(.+)$/m.exec(metadata ?? '')?.[1]?.trim()
    const version = /^Version: *(.+)$/m.exec(metadata ?? '')?.[1]?.trim() ?? '?'
    if (name === undefined) continue
    const finding = checkDistribution({ name, version, directUrl: directUrl ?? null }, input.projectNames)
    if (finding) findings.push(finding)
  }
  const variables = checkEnvironment(config.env, input.base.environment)
  if (variables) findings.push(variables)
  const said = Buffer.from(JSON.stringify([config.env, config.labels, config.history]))
  if (input.gold.isCopiedIn(said)) findings.push(goldFinding('(image configuration)'))
  return { layerFiles: files, distributions: distributions.size }
}

function noteDistribution(
  distributions: Map<string, { metadata?: string; directUrl?: string }>,
  path: string,
  text: () => string,
): void {
  const match = /^(.*\.(?:dist|egg)-info)\/(METADATA|PKG-INFO|direct_url\.json)$/.exec(path)
  if (match?.[1] === undefined) return
  const known = distributions.get(match[1]) ?? {}
  distributions.set(
    match[1],
    match[2] === 'direct_url.json' ? { ...known, directUrl: text() } : { ...known, metadata: text() },
  )
}

function goldFinding(path: string): Finding {
  return { reason: 'leak-gold-patch', explanation: `/${path} holds lines of the gold patch` }
}

/** Writes one object file where it can be listed; a name that is no plain path is already a finding of its own. */
async function keep(root: string, path: string, content: Uint8Array): Promise<void> {
  if (!/^objects(?:\/\w[\w.-]*)+$/.test(path)) return
  await mkdir(join(root, dirname(path)), { recursive: true })
  await writeFile(join(root, path), content)
}
