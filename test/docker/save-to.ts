// bun save-to.ts FOLDER TAG SOCKET: saves an image and prints what came of it, and what is in the folder then.
import { readdir } from 'node:fs/promises'
import { Engine } from '../../src/docker/engine.ts'
import { findImage } from '../../src/docker/images.ts'
import { publishImage } from '../../src/docker/publish.ts'

const [folder = '', imageTag = '', socketPath = ''] = process.argv.slice(2)
const engine = Engine.connect({ socketPath })
const imageId = (await findImage(engine, imageTag))?.imageId ?? ''
const outcome = await publishImage(engine, {
  publication: { kind: 'save', folder },
  instanceId: 'acme__tool-7',
  image: { imageId, imageTag },
  client: { configDir: folder, environment: {} },
  signal: new AbortController().signal,
})
console.log(JSON.stringify({ outcome, left: await readdir(folder) }))
