import * as v from 'valibot'
import type { EngineFacts } from '../../docker/engine.ts'
import { printable } from '../../util/printable.ts'
import type { DockerFacts } from './facts.ts'
import { defined, disk, type Said, word } from './said.ts'

const versionSchema = v.object({
  Version: v.pipe(v.string(), v.maxLength(100)),
  ApiVersion: v.pipe(v.string(), v.regex(/^\d{1,3}\.\d{1,3}$/)),
  Components: v.optional(v.array(v.object({ Name: v.string(), Version: v.string() }))),
})

const infoSchema = v.object({
  Driver: v.pipe(v.string(), v.maxLength(100)),
  CgroupVersion: v.optional(v.string()),
  NCPU: v.number(),
  MemTotal: v.number(),
  DockerRootDir: v.pipe(v.string(), v.maxLength(4096)),
})

/** What the host found out about its engine. */
export function dockerOf(said: Said): DockerFacts {
  const socket = said.get('docker.socket')
  if (socket === undefined) return { state: 'unknown' }
  if (socket === 'absent') return { state: 'absent' }
  if (socket === 'denied') return defined({ state: 'denied' as const, group: word(said, 'docker.group') })
  if (said.has('docker.client')) return { state: 'no-client' }
  const version = parsed(versionSchema, said.get('docker.version'))
  const info = parsed(infoSchema, said.get('docker.info'))
  if (version === undefined || info === undefined) return { state: 'silent' }
  const runcVersion = version.Components?.find(({ Name }) => Name === 'runc')?.Version
  const engine: EngineFacts = {
    version: printable(version.Version),
    apiVersion: version.ApiVersion,
    storageDriver: printable(info.Driver),
    cgroupVersion: info.CgroupVersion === '2' ? 2 : 1,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    dataRoot: printable(info.DockerRootDir),
    ...(runcVersion === undefined ? {} : { runcVersion: printable(runcVersion.slice(0, 100)) }),
  }
  return defined({ state: 'answers' as const, engine, pythons: pythonsOf(said), disk: disk(said, 'docker') })
}

function parsed<T>(schema: v.GenericSchema<unknown, T>, json: string | undefined): T | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(json ?? ''))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}

/** The names come as lines of Docker's client, or as the JSON of its API; oldest first. */
function pythonsOf(said: Said): string[] {
  const found = (said.get('docker.images') ?? '').matchAll(/\bopenswe-python-(\d\.\d{1,2}):latest\b/g)
  const versions = new Set([...found].map(([, version]) => version ?? ''))
  return [...versions].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}
