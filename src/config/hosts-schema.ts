import * as v from 'valibot'
import { parseDurationMs } from '../util/quantity.ts'

/** The keys of `[defaults]`, `[[host]]` and `[slurm]` in hosts.toml. Each message completes `KEY must …`. */

function wholeNumber(min: number, max: number) {
  const message = `be a whole number from ${min} to ${max}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message))
}

function textLike(pattern: RegExp, message: string) {
  return v.pipe(v.string(message), v.regex(pattern, message))
}

const path = textLike(/^[^\0-\x1f\x7f]+$/, 'be a path')

const jumpRule = 'be as in `ssh -J`: [user@]host[:port], several after commas, or none'
const hop = String.raw`(?:[\w.@-]+@)?(?:[A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?`

const timeoutRule = 'be a time such as "10s", from 1s to 10m'
const timeout = v.pipe(
  v.string(timeoutRule),
  v.transform((text) => parseDurationMs(text) ?? 0),
  v.minValue(1000, timeoutRule),
  v.maxValue(600_000, timeoutRule),
)

const labelRule = 'be a list of words of letters, digits, `-`, `_` and `.`, such as ["big-disk"]'
const labels = v.pipe(
  v.array(textLike(/^[A-Za-z0-9][\w.-]{0,62}$/, labelRule), labelRule),
  v.transform((words) => [...new Set(words)]),
)

/** Of a machine that openswe runs on, however it is reached. */
const machineSettings = {
  slots: v.optional(wholeNumber(1, 256)),
  docker_socket: v.optional(textLike(/^\/[^\0-\x1f\x7f]+$/, 'be an absolute path on the host')),
  work_folder: v.optional(textLike(/^(?:~\/|\/)[^\0-\x1f\x7f]+$/, 'be a path on the host that begins with / or ~/')),
}

const settings = {
  port: v.optional(wholeNumber(1, 65_535)),
  user: v.optional(textLike(/^[A-Za-z0-9_][\w.@+-]{0,254}\$?$/, 'be the name of an account')),
  identity: v.optional(path),
  jump: v.optional(textLike(new RegExp(`^${hop}(?:,${hop})*$`), jumpRule)),
  host_keys: v.optional(v.picklist(['strict', 'accept-new'], 'be "strict" or "accept-new"')),
  known_hosts: v.optional(path),
  ssh_config: v.optional(path),
  connect_timeout: v.optional(timeout),
  labels: v.optional(labels),
  ...machineSettings,
}

export const defaultsSchema = v.strictObject(settings)

/** `name` and `address` may be ranges; what they stand for is checked by `isHostName` and `isAddress`. */
export const hostSchema = v.strictObject({
  name: v.string('be a name, such as "node1"'),
  address: v.optional(v.string('be a name or an address, such as "10.0.0.1"')),
  ...settings,
})

/** Options of sbatch that change where and when a job runs, and nothing of what we rely on. */
const slurmOptions = [
  'begin',
  'comment',
  'constraint',
  'exclude',
  'gres',
  'licenses',
  'mail-type',
  'mail-user',
  'nice',
  'qos',
  'reservation',
  'tmp',
  'wckey',
]
const slurmOption = new RegExp(`^--(?:${slurmOptions.join('|')})=[^\\0-\\x1f\\x7f]+$`)
const slurmOptionRule = `be a list of options such as "--qos=low", of these: ${slurmOptions.join(', ')}`
const slurmTimeRule = 'be hours, minutes and seconds, perhaps after days: "12:00:00" or "2-00:00:00"'

export const slurmSchema = v.strictObject({
  // More than 1000 entries no array of jobs has, unless its cluster says otherwise.
  nodes: wholeNumber(1, 1000),
  partition: v.optional(textLike(/^\w[\w.-]*(?:,\w[\w.-]*)*$/, 'be the name of a partition, or several after commas')),
  account: v.optional(textLike(/^\w[\w.@-]*$/, "be the name of an account of Slurm's")),
  // Of fewer parts sbatch makes minutes, which nobody expects of "12:00".
  time: v.optional(textLike(/^(?:\d{1,4}-)?\d{1,4}:[0-5]\d:[0-5]\d$/, slurmTimeRule)),
  options: v.optional(v.array(textLike(slurmOption, slurmOptionRule), slurmOptionRule)),
  ...machineSettings,
})

export type SlurmEntry = v.InferOutput<typeof slurmSchema>
export type HostSettings = v.InferOutput<typeof defaultsSchema>
export type HostEntry = v.InferOutput<typeof hostSchema>

export const defaultsKeys: readonly string[] = Object.keys(defaultsSchema.entries)
export const hostKeys: readonly string[] = Object.keys(hostSchema.entries)
export const slurmKeys: readonly string[] = Object.keys(slurmSchema.entries)

/** Nothing that a program could take for an option, a path or a pattern. */
export function isHostName(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]{0,62}$/.test(text)
}

/** A name, an IPv4 address, or an IPv6 address with or without a zone, without brackets. */
export function isAddress(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]{0,252}$/.test(text) || isIpv6(text)
}

export function isIpv6(text: string): boolean {
  return /^(?=[^%]*:[^%]*:)[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9._-]{1,15})?$/.test(text)
}
