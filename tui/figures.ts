/** `1,234`. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `41 %`; a dash where there is nothing to take a share of. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '' : `${Math.round((100 * part) / whole)} %`
}

/** `4s`, `4m12s`, `3h05m`, `2d03h`: never more often another one than each second. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h${two(Math.floor((seconds % 3_600) / 60))}m`
  return `${Math.floor(seconds / 86_400)}d${two(Math.floor((seconds % 86_400) / 3_600))}h`
}

/** A time that is not known better: `40s`, `12m`, `3.4h`, `2.1d`. */
export function roughly(ms: number): string {
  const minutes = ms / 60_000
  if (minutes < 1) return `${Math.round(ms / 1000)}s`
  if (minutes < 99.5) return `${Math.round(minutes)}m`
  const hours = minutes / 60
  return hours < 48 ? `${hours.toFixed(1)}h` : `${(hours / 24).toFixed(1)}d`
}

/** `312/h`, and below ten one digit more. */
export function perHour(value: number, elapsedMs: number): string {
  const rate = elapsedMs <= 0 ? 0 : (value / elapsedMs) * 3_600_000
  return rate < 10 ? rate.toFixed(1) : count(rate)
}

/** The same to two digits: one that is shown of many is not another one all the time. */
export function roughlyPerHour(value: number, elapsedMs: number): string {
  const rate = elapsedMs <= 0 ? 0 : (value / elapsedMs) * 3_600_000
  return rate < 10 ? rate.toFixed(1) : count(Number(rate.toPrecision(2)))
}

/** `1.2k`, `34M`: of tokens. */
export function amount(value: number): string {
  const units = ['', 'k', 'M', 'G'] as const
  let [rest, unit] = [value, 0]
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000
    unit += 1
  }
  return `${unit > 0 && rest < 10 ? rest.toFixed(1) : Math.round(rest)}${units[unit]}`
}
