const byteUnits: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }
const timeUnitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Bytes of `512m`, `4g`, `1.5G`, `2GiB`; null where it is none of these. */
export function parseBytes(text: string): number | null {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim()) ?? []
  if (digits === undefined) return null
  return Math.round(Number(digits) * (byteUnits[unit?.toLowerCase() ?? ''] ?? 1))
}

/** Milliseconds of `90s`, `30m`, `1.5h`, `250ms`; null where it is none of these. */
export function parseDurationMs(text: string): number | null {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/i.exec(text.trim()) ?? []
  if (digits === undefined) return null
  return Math.round(Number(digits) * (timeUnitsMs[unit?.toLowerCase() ?? ''] ?? 1))
}

/** Such as `3.2 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 2 ** (10 * power)
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}

/** Such as `0.4s`, `12s`, `4m12s`, `3h05m`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 9_950) return `${(durationMs / 1000).toFixed(1)}s`
  const seconds = Math.round(durationMs / 1000)
  if (seconds < 60) return `${seconds}s`
  const two = (value: number) => String(value).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  return `${Math.floor(seconds / 3600)}h${two(Math.floor((seconds % 3600) / 60))}m`
}
