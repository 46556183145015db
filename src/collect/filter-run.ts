import { fullGC } from 'bun:jsc'
import { UnreadableInput } from '../input/open-input.ts'
import { type ByteLine, byteLineBatches } from '../util/byte-lines.ts'
import type { Filter, Judgement } from './filter.ts'
import type { RowSource } from './filter-source.ts'

/** A row that is not kept. Lines count from 1. */
export type LeftOut = { readonly file: string; readonly line: number } & Extract<
  Judgement,
  { readonly kind: 'dropped' | 'broken' }
>

/** What becomes of the rows; a promise that is given back is waited for before the next row is read. */
export interface FilterSinks {
  keep(line: Uint8Array, kept: Extract<Judgement, { readonly kind: 'kept' }>): Promise<void> | undefined
  leaveOut(row: LeftOut): Promise<void> | undefined
  /** Asked after each row; true ends the reading. */
  isDone(): boolean
}

/**
 * What is kept for later rows counts as growth with the collector, which then lets twice as much garbage lie about:
 * collecting now and then keeps memory flat.
 */
const rowsPerCollection = 5_000

const lineLimitBytes = 64 * 1024 * 1024

/** Reads all sources through the filter, in order; no more is read than the sinks take. */
export async function runFilter(sources: readonly RowSource[], filter: Filter, sinks: FilterSinks): Promise<void> {
  for (const source of sources) {
    if (!sinks.isDone()) await runSource(source, filter, sinks)
  }
}

async function runSource({ name, chunks }: RowSource, filter: Filter, sinks: FilterSinks): Promise<void> {
  let lastLine = 0
  try {
    for await (const lines of byteLineBatches(chunks, lineLimitBytes)) {
      for (const line of lines) {
        lastLine = line.number
        if (lastLine % rowsPerCollection === 0) fullGC()
        const waits = judgeLine(name, line, filter, sinks)
        if (waits !== undefined) await waits
        if (sinks.isDone()) return
      }
    }
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error
    filter.countBroken()
    await sinks.leaveOut({ file: name, line: lastLine + 1, kind: 'broken', code: 'E_FORMAT', message: error.message })
  }
}

function judgeLine(file: string, line: ByteLine, filter: Filter, sinks: FilterSinks): Promise<void> | undefined {
  if (line.kind === 'too-long') {
    filter.countBroken()
    const size = Math.ceil(line.byteCount / 1024 / 1024)
    const message = `line is ${size} MiB, limit ${lineLimitBytes / 1024 / 1024} MiB — leave the row out`
    return sinks.leaveOut({ file, line: line.number, kind: 'broken', code: 'E_LINE_LONG', message })
  }
  const judgement = filter.judge(line.bytes)
  if (judgement.kind === 'blank') return undefined
  if (judgement.kind === 'kept') return sinks.keep(line.bytes, judgement)
  return sinks.leaveOut({ file, line: line.number, ...judgement })
}
