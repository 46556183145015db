import { parse, TomlError } from 'smol-toml'
import * as v from 'valibot'
import type { Host } from '../domain/host.ts'
import type { SlurmSettings } from '../domain/slurm.ts'
import { closestWord } from '../util/closest-word.ts'
import { printable } from '../util/printable.ts'
import { hostOf, slurmOf } from './hosts-entry.ts'
import { tomlLines } from './hosts-lines.ts'
import type { HostsProblem } from './hosts-problem.ts'
import { expandRange, maxExpanded } from './hosts-range.ts'
import {
  defaultsKeys,
  defaultsSchema,
  type HostEntry,
  hostKeys,
  hostSchema,
  isAddress,
  isHostName,
  isIpv6,
  slurmKeys,
  slurmSchema,
} from './hosts-schema.ts'
import { secretProblem } from './hosts-secrets.ts'

export interface RefusedHosts {
  readonly kind: 'refused'
  readonly problems: readonly HostsProblem[]
}

export type ParsedHosts = { readonly kind: 'parsed'; readonly hosts: readonly Host[] } | RefusedHosts
export type ParsedSlurm = { readonly kind: 'parsed'; readonly slurm: SlurmSettings } | RefusedHosts

/** The hosts that the text of a hosts.toml stands for, or everything that is wrong with it. */
export function parseHosts(text: string, folder: string): ParsedHosts {
  const read = readTables(text, folder)
  if (read.kind === 'refused') return read
  if (read.hosts.length > 0) return { kind: 'parsed', hosts: read.hosts }
  return empty('no hosts, so nothing can run — add one: [[host]] and name = "node1" below it')
}

/** What the text of a hosts.toml asks of Slurm, or everything that is wrong with it. */
export function parseSlurm(text: string, folder: string): ParsedSlurm {
  const read = readTables(text, folder)
  if (read.kind === 'refused') return read
  if (read.slurm !== null) return { kind: 'parsed', slurm: read.slurm }
  return empty('nothing is asked of Slurm — add [slurm] and nodes = 8 below it')
}

function empty(message: string): RefusedHosts {
  return { kind: 'refused', problems: [{ code: 'E_HOSTS_EMPTY', line: 0, message }] }
}

interface Tables {
  readonly kind: 'read'
  readonly hosts: readonly Host[]
  readonly slurm: SlurmSettings | null
}

function readTables(text: string, folder: string): Tables | RefusedHosts {
  let root: Record<string, unknown>
  try {
    root = parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    return { kind: 'refused', problems: [syntaxProblem(error)] }
  }
  const reading = new Reading(tomlLines(text))
  const tables = reading.read(root, folder)
  const problems = reading.problems.toSorted((a, b) => a.line - b.line)
  return problems.length > 0 ? { kind: 'refused', problems } : { kind: 'read', ...tables }
}

/** The parser's first line; below it, it draws the place, which the line and the column say already. */
function syntaxProblem({ line, column, message }: TomlError): HostsProblem {
  const said = (message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
  return { code: 'E_TOML', line, column, message: printable(said) }
}

/** An entry as it is for one of the hosts it stands for, and where that stands. */
type PlacedEntry = HostEntry & { readonly address: string; readonly line: number }

interface PlacedHost {
  readonly host: Host
  readonly line: number
}

const tableNames = ['defaults', 'host', 'slurm']

/** One pass over a file, which goes on after each problem. */
class Reading {
  readonly problems: HostsProblem[] = []
  readonly #lines: ReadonlyMap<string, number>

  constructor(lines: ReadonlyMap<string, number>) {
    this.#lines = lines
  }

  read(root: Record<string, unknown>, folder: string): Omit<Tables, 'kind'> {
    for (const key of Object.keys(root)) if (!tableNames.includes(key)) this.#unknownKey(key, key, tableNames)
    const defaults = this.#checked(defaultsSchema, root.defaults ?? {}, 'defaults', defaultsKeys) ?? {}
    const placed = this.#entries(root.host).flatMap((table, index) => {
      const path = `host.${index}`
      const entry = this.#checked(hostSchema, table, path, hostKeys)
      return entry === null
        ? []
        : this.#expanded(entry, path).map(({ line, ...one }) => ({ line, host: hostOf(one, defaults, folder) }))
    })
    this.#refuseDuplicates(placed)
    if (placed.length > maxExpanded) {
      this.#add('HOSTS_RANGE', 'host', `${placed.length} hosts are more than ${maxExpanded}`)
    }
    const slurm = root.slurm === undefined ? null : this.#checked(slurmSchema, root.slurm, 'slurm', slurmKeys)
    return { hosts: placed.map(({ host }) => host), slurm: slurm === null ? null : slurmOf(slurm, defaults) }
  }

  #entries(tables: unknown): readonly unknown[] {
    if (tables === undefined) return []
    if (Array.isArray(tables)) return tables
    this.#add('HOSTS_KEY', 'host', 'host must be a list of tables — write [[host]], in double brackets')
    return []
  }

  /** Null where it is not as the schema wants it, which is noted. */
  #checked<T>(schema: v.GenericSchema<unknown, T>, table: unknown, path: string, keys: readonly string[]): T | null {
    if (typeof table !== 'object' || table === null || Array.isArray(table) || table instanceof Date) {
      this.#add('HOSTS_KEY', path, `${path.split('.')[0]} must be a table`)
      return null
    }
    const before = this.problems.length
    for (const [key, value] of Object.entries(table)) {
      const secret = secretProblem(key, value)
      if (secret !== null) this.#add('SECRET_IN_FILE', `${path}.${key}`, secret)
      else if (!keys.includes(key)) this.#unknownKey(`${path}.${key}`, key, keys)
    }
    const parsed = v.safeParse(schema, table)
    if (!parsed.success) this.#addIssues(parsed.issues, path, keys)
    return parsed.success && this.problems.length === before ? parsed.output : null
  }

  #addIssues(issues: readonly v.BaseIssue<unknown>[], path: string, keys: readonly string[]): void {
    const seen = new Set<string>()
    for (const issue of issues) {
      const key = String(issue.path?.[0]?.key ?? '')
      if (!keys.includes(key) || seen.has(key)) continue
      seen.add(key)
      if (issue.received === 'undefined')
        this.#add('HOSTS_KEY', path, `${key} is missing — write ${key} = ${key === 'nodes' ? 8 : '"node1"'}`)
      else this.#add(`HOSTS_${key.toUpperCase()}`, `${path}.${key}`, `${key} must ${issue.message}`)
    }
  }

  /** The entry once for each host it stands for; the ranges of name and address go side by side. */
  #expanded(entry: HostEntry, path: string): PlacedEntry[] {
    const names = this.#words(entry.name, `${path}.name`, 'name')
    const addresses = entry.address === undefined ? names : this.#words(entry.address, `${path}.address`, 'address')
    if (names === null || addresses === null) return []
    if (addresses.length !== names.length) {
      const counts = `name stands for ${names.length} hosts and address for ${addresses.length}`
      this.#add('HOSTS_RANGE', `${path}.address`, `${counts} — give both as many numbers`)
      return []
    }
    const line = this.#lineOf(`${path}.name`)
    return names.map((name, index) => ({ ...entry, name, address: addresses[index] ?? name, line }))
  }

  #words(pattern: string, path: string, key: 'name' | 'address'): readonly string[] | null {
    const plain = pattern.replace(/^\[(.*)\]$/, '$1')
    if (key === 'address' && isIpv6(plain)) return [plain]
    const expansion = expandRange(pattern)
    if (expansion.kind === 'wrong') {
      this.#add('HOSTS_RANGE', path, `${key} ${JSON.stringify(printable(pattern))} ${expansion.message}`)
      return null
    }
    const wrong = expansion.words.find((word) => !(key === 'name' ? isHostName(word) : isAddress(word)))
    if (wrong === undefined) return expansion.words
    const rule = 'begin with a letter or a digit, and hold letters, digits, `-`, `_` and `.`'
    this.#add(`HOSTS_${key.toUpperCase()}`, path, `${key} ${JSON.stringify(printable(wrong))} must ${rule}`)
    return null
  }

  #refuseDuplicates(placed: readonly PlacedHost[]): void {
    const first = new Map<string, PlacedHost>()
    for (const one of placed) {
      const { name, address, port, user, jump } = one.host
      const machine = JSON.stringify([address.toLowerCase(), port ?? null, user ?? null, jump ?? null])
      const sameName = first.get(`name ${name}`)
      const sameMachine = first.get(machine)
      if (sameName !== undefined) {
        this.#addAt('HOSTS_DUP', one.line, `${name} is on line ${sameName.line} too — give it another name`)
      } else if (sameMachine !== undefined) {
        const other = `${sameMachine.host.name} on line ${sameMachine.line}`
        this.#addAt('HOSTS_DUP', one.line, `${name} is the same machine as ${other} — leave one out`)
      }
      if (sameName === undefined) first.set(`name ${name}`, one)
      if (sameMachine === undefined) first.set(machine, one)
    }
  }

  #unknownKey(path: string, key: string, keys: readonly string[]): void {
    const near = closestWord(key, keys)
    const hint = near === undefined ? `there are ${keys.join(', ')}` : `did you mean "${near}"?`
    this.#add('HOSTS_KEY', path, `unknown key ${JSON.stringify(printable(key))} — ${hint}`)
  }

  #add(code: string, path: string, message: string): void {
    this.#addAt(code, this.#lineOf(path), message)
  }

  #addAt(code: string, line: number, message: string): void {
    this.problems.push({ code: `E_${code}`, line, message })
  }

  /** Of the path, or of the nearest table around it. */
  #lineOf(path: string): number {
    const parent = path.replace(/\.?[^.]*$/, '')
    return this.#lines.get(path) ?? (path === '' ? 0 : this.#lineOf(parent))
  }
}
