import type { PublishedImage } from '../domain/published-image.ts'
import { printable } from '../util/printable.ts'
import { inColour } from './colour.ts'
import type { Terminal } from './terminal.ts'

/** What is told of an accepted image that was to be published: how others get it, or why they cannot. */
export function publishedLine(terminal: Terminal, instanceId: string, image: PublishedImage): string {
  const id = printable(instanceId)
  switch (image.kind) {
    case 'pushed':
      return `pushed ${id}: ${printable(image.reference)}`
    case 'saved':
      return `saved ${id}: ${printable(image.path)}`
    case 'failed':
      return `${inColour(terminal, 'yellow', 'image not published')} ${id}: ${printable(image.message)}`
  }
}
