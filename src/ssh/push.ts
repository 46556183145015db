import { formatBytes } from '../util/quantity.ts'
import type { Semaphore } from '../util/semaphore.ts'
import type { Remote } from './connection.ts'
import type { Packing, Parcel, SharedStretch } from './parcel.ts'
import { type Look, lookAt, pathOf } from './push-look.ts'
import { failed, type PushFailed, type PushTrouble, tell } from './push-script.ts'

export interface PushRequest {
  /** On the host; absolute, or below `~/`. */
  readonly workFolder: string
  /** Of the program there. */
  readonly name: string
  /** Hashes of what may be chosen: a host that has one of them has less to say. */
  readonly wanted?: readonly string[]
  /** What a host gets. */
  readonly choose: (machine: Machine) => Choice
  /** Bounds how many programs are on their way at a time. */
  readonly streams: Semaphore
  /** For the whole of the way; a link that is dead is found out much earlier. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** What decides which program a host can run. */
export interface Machine {
  /** As `uname -sm` says it. */
  readonly system: string
  readonly hasAvx2: boolean
}

export type Choice =
  | { readonly kind: 'chosen'; readonly parcel: Parcel }
  | { readonly kind: 'none'; readonly found: string; readonly fix: string }

export type PushEnd =
  /** It was there already. */
  | { readonly kind: 'present'; readonly path: string }
  | { readonly kind: 'pushed'; readonly path: string; readonly sentBytes: number }
  | PushFailed

/**
 * Brings a program to a host, to a path that holds its hash. It is sent only where it is not there, and without what an
 * older version there shares with it; it gets its name once its hash was found to be right and it was seen to run.
 */
export async function push(connection: Remote, request: PushRequest): Promise<PushEnd> {
  const looked = await lookAt(connection, request, request.wanted ?? [])
  if (looked.kind === 'failed') return looked
  const { look } = looked
  const choice = request.choose(look)
  if (choice.kind === 'none') return failed(connection, 'no-binary', choice.found, choice.fix)
  const { parcel } = choice
  const { sha256, sizeBytes, shared } = parcel.content
  const path = pathOf(look, sha256, request.name)
  if (look.programs.some((one) => one.sha256 === sha256 && one.sizeBytes === sizeBytes))
    return { kind: 'present', path }
  if (look.isBrief) return await push(connection, { ...request, wanted: [] })
  // Whoever joins it needs room for what is sent beside the whole.
  const neededBytes = 1.1 * sizeBytes
  if (look.freeBytes < neededBytes) {
    const found = `${formatBytes(look.freeBytes)} free, and ${formatBytes(neededBytes)} are needed for ${path}`
    return failed(connection, 'no-room', found, 'make room there, or name another work_folder')
  }
  const { packing } = look
  if (packing === undefined) {
    return failed(connection, 'no-unpacker', 'neither zstd nor gzip is there', 'apt-get install gzip')
  }
  const base = shared && look.programs.find((one) => one.shared === shared.sha256)
  return await request.streams.with(async () => {
    const way = { connection, request, look, parcel, packing }
    if (shared === undefined || base === undefined) return await send(way)
    const end = await send(way, { shared, base: base.sha256 })
    // What it was to be joined with may be rotten or gone there: the whole of it does not depend on that.
    return end.kind === 'failed' && unlikeWhole.has(end.trouble.kind) ? await send(way) : end
  })
}

const unlikeWhole: ReadonlySet<PushTrouble['kind']> = new Set(['damaged', 'not-kept'])

interface Way {
  readonly connection: Remote
  readonly request: PushRequest
  readonly look: Look
  readonly parcel: Parcel
  readonly packing: Packing
}

interface Base {
  readonly shared: SharedStretch
  /** The hash of a program there that has it. */
  readonly base: string
}

async function send({ connection, request, look, parcel, packing }: Way, joined?: Base): Promise<PushEnd> {
  const { sha256, shared } = parcel.content
  const packed = await parcel.packed(packing, joined === undefined ? 'whole' : 'without-shared')
  const words = joined === undefined ? [] : [joined.base, joined.shared.atByte, joined.shared.sizeBytes].map(String)
  const todo = ['take', sha256, packing, shared?.sha256 ?? '', ...words]
  const told = await tell(connection, request, todo, { timeoutMs: request.timeoutMs, stdin: packed })
  if (told.kind === 'failed') return told
  const { first, errors } = told
  const path = pathOf(look, sha256, request.name)
  const sum = first('sha256')
  // The host compared it too; but what it is to be is known here.
  if (sum === sha256 && first('kept') !== undefined) return { kind: 'pushed', path, sentBytes: packed.byteLength }
  if (first('noexec') !== undefined) {
    const fix = 'mount it without noexec, or name another by work_folder: the binary runs from there'
    return failed(connection, 'no-exec', `no program can be run from ${path}`, fix)
  }
  const refusal = first('refusal')
  if (refusal !== undefined) {
    const fix = 'see openswe hosts check: the system there lacks something that the binary needs'
    return failed(connection, 'does-not-run', `${path} does not run there: exit code ${refusal}`, fix)
  }
  if (sum !== undefined && sum !== sha256 && errors === '') {
    const found = `what arrived at ${path} has another hash than what was sent`
    return failed(connection, 'damaged', found, 'try again; if it stays so, see to the memory and the disk of the host')
  }
  return failed(connection, 'not-kept', `${path} could not be written: ${errors}`, 'see to the work folder there')
}
