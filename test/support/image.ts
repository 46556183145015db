import { realpath } from 'node:fs/promises'
import type { Engine } from '../../src/docker/engine.ts'
import { findImage, tagImage } from '../../src/docker/images.ts'
import { importImage } from '../../src/docker/import-image.ts'
import { type TarFile, tarOf } from '../../src/docker/tar.ts'
import { sha256 } from '../../src/util/sha256.ts'

const programs =
  'sh bash cat chmod env head id ln ls mkdir mkfifo rm seq setsid sleep stat tail touch true xargs yes'.split(' ')

/** The name of a small image without any registry: a shell and a few programs of this machine, with their libraries. */
export async function testImage(engine: Engine): Promise<string> {
  const files = await programFiles()
  const tar = await tarOf([
    ...files,
    { path: 'etc/passwd', mode: 0o644, content: Buffer.from('root:x:0:0::/:/bin/sh\n') },
  ])
  const name = `openswe-test-image:${sha256(tar).slice(0, 12)}`
  if ((await findImage(engine, name)) !== null) return name
  const stream = new Blob([tar.slice()]).stream()
  const { imageId } = await importImage(engine, {
    tar: stream,
    labels: { 'openswe.test': 'yes' },
    timeoutMs: 60_000,
    signal: AbortSignal.timeout(60_000),
  })
  await tagImage(engine, imageId, name)
  return name
}

async function programFiles(): Promise<TarFile[]> {
  const paths = new Map<string, string>()
  for (const program of programs) {
    const path = Bun.which(program)
    if (path === null) throw new Error(`${program} is not on this machine`)
    paths.set(`bin/${program}`, path)
    paths.set(`usr/bin/${program}`, path)
    const { stdout } = Bun.spawnSync(['ldd', path])
    for (const [library] of stdout.toString().matchAll(/\/\S+/g)) paths.set(library.slice(1), library)
  }
  return Promise.all(
    [...paths].map(async ([path, source]) => ({
      path,
      mode: 0o755,
      content: await Bun.file(await realpath(source)).bytes(),
    })),
  )
}
