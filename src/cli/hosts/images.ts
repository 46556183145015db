import type { HostImage, HostImagesReport } from '../../control/base-images/fleet-images.ts'
import { baseImageName } from '../../control/base-images/template.ts'
import { counted } from '../../util/counted.ts'
import { printable } from '../../util/printable.ts'
import { formatBytes, formatDuration } from '../../util/quantity.ts'
import { checkColours } from '../colour.ts'
import { colouredTable, type TableRow } from '../table.ts'
import type { Terminal } from '../terminal.ts'

/** Every image that was asked for is there. */
export function isReady({ images, trouble }: HostImagesReport): boolean {
  return trouble === null && images.every(({ kind }) => kind !== 'failed')
}

/** What `openswe hosts images --json` prints of a host. */
export function imagesJson(report: HostImagesReport): unknown {
  const { host, images, trouble, durationMs } = report
  return {
    host: host.name,
    address: host.address,
    state: isReady(report) ? 'ready' : 'failed',
    images: images.map((image) => ({
      image: baseImageName(image.python),
      state: image.kind,
      sent_bytes: image.kind === 'sent' ? image.sentBytes : 0,
      trouble: image.kind === 'failed' ? { message: image.found, fix: image.fix } : null,
    })),
    duration_ms: Math.round(durationMs),
    trouble,
  }
}

/** A row a host, and below it what is in the way with what mends it. */
export function imagesTable(reports: readonly HostImagesReport[], terminal: Terminal): string {
  const head: TableRow = { cells: ['host', 'state', 'took', 'base images'], colour: 'bold' }
  return colouredTable(terminal, [head, ...reports.map(rowOf)])
}

function rowOf(report: HostImagesReport): TableRow {
  const { host, images, trouble, durationMs } = report
  const state = isReady(report) ? 'ready' : (trouble?.kind ?? 'failed')
  const words = images.map(({ python, kind }) => `${python} ${kind}`).join(', ')
  return {
    cells: [host.name, state, formatDuration(durationMs), words],
    colour: checkColours[isReady(report) ? 'ok' : 'missing'],
    below: problemsOf(report).flatMap(({ found, fix }) => [
      ...printable(found, 'lines')
        .split('\n')
        .map((line) => `    ${line}`),
      `      → ${printable(fix)}`,
    ]),
  }
}

function problemsOf({ images, trouble }: HostImagesReport): { readonly found: string; readonly fix: string }[] {
  if (trouble !== null) return [{ found: trouble.message, fix: trouble.fix }]
  return images.flatMap((image) =>
    image.kind === 'failed' ? [{ found: `${baseImageName(image.python)}: ${image.found}`, fix: image.fix }] : [],
  )
}

/** `3 hosts: 2 ready, 1 failed; 4 images built, 2 sent (360 MiB)`. */
export function imagesSummary(reports: readonly HostImagesReport[]): string {
  const images = reports.flatMap((report) => report.images)
  const count = (kind: HostImage['kind']) => images.filter((image) => image.kind === kind).length
  const ready = reports.filter(isReady).length
  const sentBytes = images.reduce((sum, image) => sum + (image.kind === 'sent' ? image.sentBytes : 0), 0)
  const hosts = `${counted(reports.length, 'host')}: ${ready} ready, ${reports.length - ready} failed`
  return `${hosts}; ${count('built')} images built, ${count('sent')} sent (${formatBytes(sentBytes)})\n`
}
