import { printable } from '../../util/printable.ts'
import type { DiskFacts } from '../doctor.ts'

/** What a host answered, by key: text from outside, read by the functions below, which leave out what has a wrong form. */
export type Said = ReadonlyMap<string, string>

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Without the fields that have no value. */
export function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}

/** A short text that may be shown. */
export function word(said: Said, key: string): string | undefined {
  const value = said.get(key)?.trim().slice(0, 200) ?? ''
  return value === '' ? undefined : printable(value)
}

export function count(said: Said, key: string): number | undefined {
  const [digits] = /^\d{1,15}$/.exec(said.get(key)?.trim() ?? '') ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** `24684096 kB`, as /proc/meminfo has it. */
export function kibibytes(said: Said, key: string): number | undefined {
  const [, digits] = /^(\d{1,15}) kB$/.exec(said.get(key) ?? '') ?? []
  return digits === undefined ? undefined : Number(digits) * 1024
}

/** Seconds, with a fraction where the host's `date` has one. */
export function epochMs(said: Said, key: string): number | undefined {
  const [, seconds, fraction = '0'] = /^(\d{1,11})(?:\.(\d{1,9}))?/.exec(said.get(key) ?? '') ?? []
  return seconds === undefined ? undefined : Number(`${seconds}.${fraction}`) * 1000
}

/** What `df` says of a folder, under keys that begin with `name`. */
export function disk(said: Said, name: string): DiskFacts | undefined {
  const folder = word(said, `${name}.folder`)
  const freeKib = count(said, `${name}.free_kib`)
  if (folder === undefined || freeKib === undefined) return undefined
  const inodes = count(said, `${name}.inodes`) ?? 0
  const freeInodes = count(said, `${name}.free_inodes`) ?? 0
  return { folder, freeBytes: freeKib * 1024, freeInodes: inodes === 0 ? 1 : freeInodes / inodes }
}
