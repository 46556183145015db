import * as v from 'valibot'
import { flavours, supportedPythons } from '../../control/base-images-flavour.ts'
import { baseImageName } from '../../control/base-images-template.ts'
import type { Engine } from '../../docker/engine.ts'
import { findImage } from '../../docker/images.ts'
import { buildImages } from '../build-images.ts'
import { command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { connectEngine } from '../machine.ts'
import { oneOf, someOf, text } from '../option-values.ts'
import { takeStopSignals } from '../stop-signals.ts'
import { table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export const images = command({
  options: [
    { name: 'python', value: 'X.Y,…', description: 'Python versions (default: 3.9,3.11)' },
    {
      name: 'flavour',
      value: 'NAME',
      description: `${flavours.join(', ')}, or auto: what can be built here (default)`,
    },
    { name: 'package-index', value: 'URL', description: 'Where pip and uv find packages' },
    {
      name: 'debian-mirror',
      value: 'URL',
      description: "Where Debian's packages come from (default: as on this machine)",
    },
    {
      name: 'debian-image',
      value: 'NAME',
      description: 'What uv and conda start from (default: debian:bookworm-slim)',
    },
    {
      name: 'ca-bundle',
      value: 'FILE',
      description: 'Authorities to trust, as PEM (default: those added to this machine)',
    },
    { name: 'proxy', value: 'URL', description: 'HTTP proxy of the builds' },
  ],
  examples: ['openswe images build --python 3.9,3.11', 'openswe images ls'],
  schema: v.object({
    python: v.optional(someOf(supportedPythons), '3.9,3.11'),
    flavour: v.optional(oneOf(['auto', ...flavours]), 'auto'),
    packageIndex: v.optional(text),
    debianMirror: v.optional(text),
    debianImage: v.optional(text),
    caBundle: v.optional(text),
    proxy: v.optional(text),
  }),
  async run([action = ''], { python, ...options }, terminal) {
    const engine = connectEngine()
    if (action === 'ls') return await listImages(engine, terminal)
    if (action !== 'build') throw new UsageError(`unknown action \`${action}\` — build or ls`)
    using signals = takeStopSignals(() => terminal.err('\nstopping\n'))
    const request = { ...given(options), flavour: options.flavour, pythons: python, signal: signals.first }
    return (await buildImages(engine, request, terminal)) ? exitCodes.success : exitCodes.preflight
  },
})

/** The options without those that were not given. */
function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}

async function listImages(engine: Engine, terminal: Terminal): Promise<number> {
  const rows: string[][] = []
  for (const python of supportedPythons) {
    const found = await findImage(engine, baseImageName(python))
    if (found !== null)
      rows.push([baseImageName(python), found.labels['openswe.flavour'] ?? '', found.imageId.slice(7, 19)])
  }
  terminal.out(rows.length > 0 ? table(rows) : 'no base image here — `openswe images build` builds them\n')
  return exitCodes.success
}
