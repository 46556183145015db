import type { Remote } from './connection.ts'
import { type Packing, packings } from './parcel.ts'
import { failed, type Place, type PushFailed, tell } from './push-script.ts'

/** What is on a host already. It is not believed: what is made of it there is compared by its hash. */
export interface Look {
  /** As `uname -sm` says it. */
  readonly system: string
  readonly hasAvx2: boolean
  /** The work folder, absolute. */
  readonly folder: string
  /** Not a number where it does not tell. */
  readonly freeBytes: number
  /** The best by which it unpacks. */
  readonly packing: Packing | undefined
  readonly programs: readonly Present[]
  /** Something wanted was there, and no more was asked. */
  readonly isBrief: boolean
}

interface Present {
  readonly sha256: string
  readonly sizeBytes: number
  /** The hash of the stretch that it shares with others; empty where there is none. */
  readonly shared: string
}

const answerMs = 30_000

export async function lookAt(
  connection: Remote,
  place: Place,
  wanted: readonly string[],
): Promise<{ readonly kind: 'looked'; readonly look: Look } | PushFailed> {
  const told = await tell(connection, place, ['look', ...wanted], { timeoutMs: answerMs })
  if (told.kind === 'failed') return told
  const { first, all } = told
  const folder = first('folder')
  if (folder === undefined) {
    return failed(connection, 'no-shell', `it answers: ${told.errors}`, 'give the account a shell')
  }
  const look: Look = {
    system: first('machine') ?? '',
    hasAvx2: first('avx2') === 'yes',
    folder,
    freeBytes: 1024 * Number(first('free_kib') ?? Number.NaN),
    packing: packings.find((one) => all('unpacks').includes(one)),
    programs: all('have').flatMap(presentOf),
    isBrief: first('brief') === '1',
  }
  return { kind: 'looked', look }
}

function presentOf(line: string): Present[] {
  const [, sha256, sizeBytes, shared = ''] = /^([0-9a-f]{64}) +(\d+) ?([0-9a-f]{64})?\s*$/.exec(line) ?? []
  return sha256 === undefined ? [] : [{ sha256, sizeBytes: Number(sizeBytes), shared }]
}

/** Where a program is on the host. */
export function pathOf({ folder }: Look, sha256: string, name: string): string {
  return `${folder}/bin/${sha256}/${name}`
}
