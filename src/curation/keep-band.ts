import type { PassRate } from './pass-rate.ts'

/** Which instances are worth learning from: those that `min` to `max` of `of` tries resolved. */
export type KeepBand = 'all' | { readonly min: number; readonly max: number; readonly of: number }

export const keepBandRule = 'such as 1-2/4, 2/4 or all is wanted'

/** Reads `1-2/4`, `2/4` or `all`; null where it is none of these. */
export function parseKeepBand(text: string): KeepBand | null {
  if (text === 'all') return 'all'
  const match = /^(\d{1,4})(?:-(\d{1,4}))?\/(\d{1,4})$/.exec(text)
  if (match === null) return null
  const [min, of] = [Number(match[1]), Number(match[3])]
  const max = match[2] === undefined ? min : Number(match[2])
  return min <= max && max <= of && of > 0 ? { min, max, of } : null
}

export function showKeepBand(band: KeepBand): string {
  if (band === 'all') return 'all'
  return `${band.min === band.max ? band.min : `${band.min}-${band.max}`}/${band.of}`
}

/**
 * Where an instance stands. With fewer tries than the band speaks of it is `open` while the missing ones could still
 * decide; with more, its rate is held against the band's.
 */
export function placeInBand(band: KeepBand, { resolved, tried }: PassRate): 'inside' | 'outside' | 'open' {
  if (band === 'all') return 'inside'
  const missing = Math.max(0, band.of - tried)
  const scale = Math.max(band.of, tried)
  const isAtLeast = (count: number) => count * band.of >= band.min * scale
  const isAtMost = (count: number) => count * band.of <= band.max * scale
  if (!isAtLeast(resolved + missing) || !isAtMost(resolved)) return 'outside'
  return isAtLeast(resolved) && isAtMost(resolved + missing) ? 'inside' : 'open'
}
