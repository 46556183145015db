import * as v from 'valibot'
import { flavours } from '../../control/base-images/flavour.ts'
import type { OptionRow } from '../command.ts'
import { oneOf, text } from './values.ts'

/** How base images are built: the options of `images build`, and of `hosts images`, which passes them on. */
export const imageBuildRows: readonly OptionRow[] = [
  {
    name: 'flavour',
    value: 'NAME',
    description: `${flavours.join(', ')}, or auto: what can be built there (default)`,
  },
  { name: 'package-index', value: 'URL', description: 'Where pip and uv find packages' },
  {
    name: 'debian-mirror',
    value: 'URL',
    description: "Where Debian's packages come from (default: as on the machine itself)",
  },
  {
    name: 'debian-image',
    value: 'NAME',
    description: 'What uv and conda start from (default: debian:bookworm-slim)',
  },
  {
    name: 'ca-bundle',
    value: 'FILE',
    description: 'Authorities to trust, as PEM (default: those added to the machine itself)',
  },
  { name: 'proxy', value: 'URL', description: 'HTTP proxy of the builds' },
]

export const imageBuildEntries = {
  flavour: v.optional(oneOf(['auto', ...flavours])),
  packageIndex: v.optional(text),
  debianMirror: v.optional(text),
  debianImage: v.optional(text),
  caBundle: v.optional(text),
  proxy: v.optional(text),
}
