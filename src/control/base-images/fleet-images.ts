import { FaultError } from '../../domain/fault.ts'
import type { Host } from '../../domain/host.ts'
import { connect } from '../../ssh/connect.ts'
import { fileChunks } from '../../util/file-chunks.ts'
import { orderedMap } from '../../util/ordered-map.ts'
import { formatBytes } from '../../util/quantity.ts'
import { Semaphore } from '../../util/semaphore.ts'
import { type PushAllOptions, pushTo } from '../fleet-push.ts'
import type { BaseImageArchives } from './archives.ts'
import type { ImagesLine } from './lines.ts'
import { askImages, type RemoteOpenswe } from './remote-images.ts'
import { baseImageName } from './template.ts'

/** What came of one base image on a host. */
export type HostImage =
  | { readonly kind: 'present' | 'built'; readonly python: string }
  | { readonly kind: 'sent'; readonly python: string; readonly sentBytes: number }
  | { readonly kind: 'failed'; readonly python: string; readonly found: string; readonly fix: string }

/** What came of one host; with `trouble` nothing could be done there. */
export interface HostImagesReport {
  readonly host: Host
  readonly durationMs: number
  readonly images: readonly HostImage[]
  readonly trouble: ImagesTrouble | null
}

export interface ImagesTrouble {
  readonly kind: string
  readonly message: string
  readonly fix: string
}

/** How a host comes to its images. */
export type ImagesWay =
  /** It builds them, with these options of `images build`, and trusts these authorities (PEM) where there are any. */
  | { readonly kind: 'build'; readonly words: readonly string[]; readonly caBundle: Uint8Array | null }
  /** It gets those of this machine. */
  | { readonly kind: 'send'; readonly archives: BaseImageArchives }

export interface AllImagesOptions extends PushAllOptions {
  readonly way: ImagesWay
  readonly pythons: readonly string[]
  /** Also those that are there, but were built from something else. */
  readonly update: boolean
  readonly onProgress: (host: Host, what: string) => void
}

/** All ask the same mirror. */
const buildsAtATime = 32
const askMs = 60_000
const buildMs = 3 * 60 * 60_000
const sendMs = 2 * 60 * 60_000

/** Brings base images to all hosts that lack them, and yields what came of each in their order. One that fails stops no other. */
export function imagesOnAll(hosts: readonly Host[], options: AllImagesOptions): AsyncGenerator<HostImagesReport> {
  const shared: Shared = {
    options,
    starts: new Semaphore(options.starts),
    streams: new Semaphore(options.streams),
    building: new Semaphore(buildsAtATime),
  }
  return orderedMap(hosts, Math.max(1, hosts.length), async (host) => {
    const startedAtMs = performance.now()
    const end = await imagesOn(host, shared)
    return { host, ...end, durationMs: performance.now() - startedAtMs }
  })
}

interface Shared {
  readonly options: AllImagesOptions
  readonly starts: Semaphore
  readonly streams: Semaphore
  readonly building: Semaphore
}

type HostEnd = Pick<HostImagesReport, 'images' | 'trouble'>

async function imagesOn(host: Host, shared: Shared): Promise<HostEnd> {
  const { signal, agentSocket, builds } = shared.options
  try {
    const connected = await connect(host, { signal, starts: shared.starts, agentSocket })
    if (connected.kind === 'failed') return { images: [], trouble: connected.trouble }
    await using connection = connected.connection
    const pushed = await pushTo(connection, host.workFolder, { builds, streams: shared.streams, signal })
    if (pushed.kind === 'failed') return { images: [], trouble: pushed.trouble }
    const on = { connection, path: pushed.path, dockerSocket: host.dockerSocket, signal }
    return await complete({ host, on, shared })
  } catch (error) {
    signal.throwIfAborted()
    throw new Error(`base images could not be brought to ${host.name}`, { cause: error })
  }
}

interface Place {
  readonly host: Host
  readonly on: RemoteOpenswe
  readonly shared: Shared
}

async function complete(place: Place): Promise<HostEnd> {
  const { on, shared } = place
  const { way, pythons } = shared.options
  const listed = await askImages(on, { words: ['ls'], timeoutMs: askMs })
  const architecture = listed.lines.flatMap((line) => (line.event === 'engine' ? [line.architecture] : [])).at(0)
  if (listed.exitCode !== 0 || architecture === undefined) {
    const fix = '`openswe hosts check` says what the host lacks'
    return { images: [], trouble: { kind: 'no-answer', message: `${on.connection.place}: ${listed.why}`, fix } }
  }
  const lacking = pythons.filter((python) => isLacking(python, listed.lines, shared.options))
  const present = pythons
    .filter((python) => !lacking.includes(python))
    .map((python) => ({ kind: 'present', python }) as const)
  const came =
    lacking.length === 0
      ? []
      : await (way.kind === 'build' ? build(place, way, lacking) : send(place, way.archives, architecture, lacking))
  const images = [...present, ...came].toSorted((a, b) => pythons.indexOf(a.python) - pythons.indexOf(b.python))
  return { images, trouble: null }
}

function isLacking(python: string, lines: readonly ImagesLine[], { way, update }: AllImagesOptions): boolean {
  const image = lines.find((line) => line.event === 'image' && line.python === python)
  if (image?.event !== 'image') return true
  // What it would be built from, only the host itself can say.
  return update && (way.kind === 'build' || image.template !== way.archives.templates.get(python))
}

async function build(
  { host, on, shared }: Place,
  { words, caBundle }: Extract<ImagesWay, { kind: 'build' }>,
  pythons: readonly string[],
): Promise<readonly HostImage[]> {
  const answer = await shared.building.with(() =>
    askImages(on, {
      words: ['build', '--python', pythons.join(','), ...words],
      timeoutMs: buildMs,
      ...(caBundle === null ? {} : { stdin: caBundle, fileOption: '--ca-bundle' }),
      onLine: (line) => {
        if (line.event === 'stage') shared.options.onProgress(host, `${line.stage} ${line.image} (${line.flavour})`)
      },
    }),
  )
  const fix = 'mend that, or send those of this machine: openswe hosts images --from-here'
  return pythons.map((python): HostImage => {
    const outcome = answer.lines.find((line) => line.event === 'outcome' && line.python === python)
    if (outcome?.event !== 'outcome') return { kind: 'failed', python, found: answer.why, fix }
    if (outcome.state === 'built') return { kind: 'built', python }
    if (outcome.state === 'up-to-date') return { kind: 'present', python }
    return { kind: 'failed', python, found: outcome.reasons.join('\n'), fix }
  })
}

async function send(
  place: Place,
  archives: BaseImageArchives,
  architecture: string,
  pythons: readonly string[],
): Promise<readonly HostImage[]> {
  if (architecture !== archives.architecture) {
    const found = `its images are for ${architecture}, and those here are for ${archives.architecture}`
    const fix = 'build them there: openswe hosts images, without --from-here'
    return pythons.map((python) => ({ kind: 'failed', python, found, fix }))
  }
  const sent: HostImage[] = []
  for (const python of pythons) sent.push(await sendOne(place, archives, python))
  return sent
}

async function sendOne({ host, on, shared }: Place, archives: BaseImageArchives, python: string): Promise<HostImage> {
  const { signal, onProgress } = shared.options
  try {
    const { path, sizeBytes } = await archives.packed(python, signal)
    const answer = await shared.streams.with(() => {
      onProgress(host, `sending ${baseImageName(python)}, ${formatBytes(sizeBytes)}`)
      return askImages(on, { words: ['load'], timeoutMs: sendMs, stdin: fileChunks(path) })
    })
    const loaded = answer.lines.find((line) => line.event === 'image' && line.python === python)
    const isIt = loaded?.event === 'image' && loaded.template === archives.templates.get(python)
    if (answer.exitCode === 0 && isIt) return { kind: 'sent', python, sentBytes: sizeBytes }
    return {
      kind: 'failed',
      python,
      found: answer.why,
      fix: 'see to the engine there and its disk: openswe hosts check',
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof FaultError || (error instanceof Error && 'code' in error))) throw error
    return {
      kind: 'failed',
      python,
      found: `it cannot be packed here: ${error.message}`,
      fix: 'see openswe doctor, or let TMPDIR name a folder with room',
    }
  }
}
