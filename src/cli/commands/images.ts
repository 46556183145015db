import * as v from 'valibot'
import { architectureOf } from '../../control/base-images/archives.ts'
import { supportedPythons } from '../../control/base-images/flavour.ts'
import { imageLine } from '../../control/base-images/lines.ts'
import { baseImageName } from '../../control/base-images/template.ts'
import type { Engine } from '../../docker/engine.ts'
import { type FoundImage, findImage, removeImage } from '../../docker/images.ts'
import { loadImage } from '../../docker/load-image.ts'
import { buildImages } from '../build-images.ts'
import { command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { connectEngine } from '../machine.ts'
import { imageBuildEntries, imageBuildRows } from '../options/images.ts'
import { flag, someOf } from '../options/values.ts'
import { takeStopSignals } from '../stop-signals.ts'
import { table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export const images = command({
  options: [
    { name: 'python', value: 'X.Y,…', description: 'Python versions (default: 3.9,3.11)' },
    ...imageBuildRows,
    { name: 'json', description: 'Print one JSON object an event' },
  ],
  examples: [
    'openswe images build --python 3.9,3.11',
    'openswe images ls',
    'openswe images load <saved/pallets__flask-5063.tar.zst',
  ],
  schema: v.object({
    python: v.optional(someOf(supportedPythons), '3.9,3.11'),
    ...imageBuildEntries,
    json: flag,
  }),
  async run([action = ''], { python, json = false, ...options }, terminal) {
    const engine = connectEngine()
    if (action === 'ls') return await listImages(engine, json, terminal)
    if (action !== 'build' && action !== 'load') {
      throw new UsageError(`unknown action \`${action}\` — \`build\`, \`ls\` and \`load\` are what there is`)
    }
    using signals = takeStopSignals(() => terminal.err('\nstopping\n'))
    if (action === 'load') return await load(engine, json, signals.first, terminal)
    const request = { flavour: 'auto', ...given(options), pythons: python, signal: signals.first } as const
    return (await buildImages(engine, request, terminal, json)) ? exitCodes.success : exitCodes.preflight
  },
})

/** The options without those that were not given. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

async function listImages(engine: Engine, json: boolean, terminal: Terminal): Promise<ExitCode> {
  const found = await baseImages(engine)
  if (json) {
    const lines = [
      { event: 'engine', architecture: await architectureOf(engine) },
      ...[...found].map(([python, image]) => imageLine(python, image)),
    ]
    for (const line of lines) terminal.out(`${JSON.stringify(line)}\n`)
    return exitCodes.success
  }
  const rows = [...found].map(([python, { labels, imageId }]) => {
    return [baseImageName(python), labels['openswe.flavour'] ?? '', imageId.slice(7, 19)]
  })
  terminal.out(rows.length > 0 ? table(rows) : 'no base image here — `openswe images build` builds them\n')
  return exitCodes.success
}

/** Takes what `docker save` wrote from standard input, and says what base images there are then. */
async function load(engine: Engine, json: boolean, signal: AbortSignal, terminal: Terminal): Promise<ExitCode> {
  if (process.stdin.isTTY) throw new UsageError('`images load` reads what `docker save` writes from standard input')
  const before = await baseImages(engine)
  await loadImage(engine, process.stdin, signal)
  for (const [python, { imageId }] of await baseImages(engine)) {
    const replaced = before.get(python)
    if (replaced !== undefined && replaced.imageId !== imageId) await removeImage(engine, replaced.imageId)
  }
  return await listImages(engine, json, terminal)
}

async function baseImages(engine: Engine): Promise<ReadonlyMap<string, FoundImage>> {
  const found = new Map<string, FoundImage>()
  for (const python of supportedPythons) {
    const image = await findImage(engine, baseImageName(python))
    if (image !== null) found.set(python, image)
  }
  return found
}
