import { printable } from '../util/printable.ts'

/** A text from outside, of one line and bounded, with what is not to be seen made visible. */
export function shown(text: string, characters = 120): string {
  const cut = [...text.slice(0, 2 * characters)].slice(0, characters).join('')
  return `${printable(cut)}${cut.length < text.length ? '…' : ''}`
}

export function percent(share: number): string {
  const value = 100 * share
  return `${value === 0 || value === 100 || value >= 10 ? Math.round(value) : value.toFixed(1)} %`
}

/** `12,345` */
export function whole(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `2026-11-22 17:05 UTC` */
export function moment(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

export function counted(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? '' : 's'}`
}
