import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Engine } from '../../src/docker/engine.ts'
import { findImage } from '../../src/docker/images.ts'
import { sha256 } from '../../src/util/sha256.ts'
import { removeCgroups } from './cgroups.ts'
import { Machine } from './machine.ts'
import { mustRun } from './must-run.ts'
import { dataRootOf, socketOf, startNodeEngine } from './node-engine.ts'

const storePrefix = 'openswe-test-images-'
const dayMs = 24 * 60 * 60_000

export interface ImageStoreOptions {
  readonly engine: Engine
  /** Names of images of that engine. */
  readonly images: readonly string[]
  /** Where stores are kept from one run of the tests to the next. */
  readonly folder: string
  /** Of the fleet that wants it. */
  readonly name: string
}

/**
 * A folder with what an engine keeps that has these images: loading them takes longer than all else of a fleet's start.
 * Kept while it is used at least once a day.
 */
export async function ensureImageStore({ engine, images, folder, name }: ImageStoreOptions): Promise<string> {
  const ids = await Promise.all(
    images.map(async (image) => (await findImage(engine, image))?.imageId ?? missing(image)),
  )
  const store = join(folder, `${storePrefix}${sha256(...images, ...ids).slice(0, 16)}`)
  if (!(await wasUsed(store))) {
    await removeOldStores(folder)
    await fillStore(engine, images, store, name)
  }
  return store
}

/**
 * Makes the store an engine's own. Layers never change once they are there, so links to their files will do; what else
 * an engine keeps it writes anew.
 */
export async function linkImageStore(store: string, dataRoot: string): Promise<void> {
  await mkdir(dataRoot)
  await mustRun(['cp', '--archive', join(store, 'image'), dataRoot])
  await mustRun(['cp', '--archive', '--link', join(store, 'overlay2'), dataRoot])
}

function missing(image: string): never {
  throw new Error(`no image ${image} for the nodes: openswe images build`)
}

async function wasUsed(store: string): Promise<boolean> {
  const now = new Date()
  return await utimes(store, now, now).then(
    () => true,
    () => false,
  )
}

async function removeOldStores(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(storePrefix)) continue
    const path = join(folder, name)
    if (Date.now() - (await stat(path)).mtimeMs > dayMs) await rm(path, { recursive: true, force: true })
  }
}

async function fillStore(engine: Engine, images: readonly string[], store: string, name: string): Promise<void> {
  const machineName = `${name}-images`
  const folder = join(store, '..', machineName)
  await mkdir(folder)
  try {
    await loadImages(engine, images, folder, machineName)
    // Another process may have been first.
    await rename(dataRootOf(folder), store).catch((error) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await removeCgroups(machineName)
    await rm(folder, { recursive: true, force: true })
  }
}

async function loadImages(engine: Engine, images: readonly string[], folder: string, name: string): Promise<void> {
  await using machine = await Machine.start(name, folder)
  const settings = { bridge: 'none', iptables: false }
  await startNodeEngine(machine, { folder, cgroup: name, settings })
  if (images.length === 0) return
  const query = images.map((image) => `names=${encodeURIComponent(image)}`).join('&')
  const tar = await engine.stream({ method: 'GET', path: `/images/get?${query}`, doing: 'save images' })
  const loaded = await Engine.connect({ socketPath: socketOf(folder) }).stream({
    method: 'POST',
    path: '/images/load',
    doing: 'load images',
    upload: tar,
    timeoutMs: Number.POSITIVE_INFINITY,
  })
  const said = await text(loaded)
  if (!said.includes('Loaded image')) throw new Error(`images were not loaded: ${said}`)
}
