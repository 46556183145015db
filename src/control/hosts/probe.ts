import { printable } from '../../util/printable.ts'
import { shellJoin } from '../../util/shell-quote.ts'
import { dockerOf } from './docker.ts'
import type { HostFacts, WorkFolderFacts } from './facts.ts'
import probe from './probe.sh' with { type: 'text' }
import { count, defined, disk, epochMs, kibibytes, type Said, word } from './said.ts'

export interface Probe {
  readonly command: string
  readonly stdin: string
  readonly nonce: string
}

/** The one command that asks a host for everything. */
export function hostProbe(dockerSocket: string, workFolder: string): Probe {
  const nonce = `openswe-${crypto.randomUUID()}`
  return { command: shellJoin(['sh', '-s', '--', nonce, dockerSocket, workFolder]), stdin: probe, nonce }
}

export type ProbeAnswer =
  | {
      readonly kind: 'answered'
      readonly facts: HostFacts
      /** False where it broke off: the facts are then those that came. */
      readonly isWhole: boolean
    }
  /** What came instead, printable and cut. */
  | { readonly kind: 'noise'; readonly text: string }

/** When the command was started here, and when its answer was there. */
export interface ProbeTimes {
  readonly startedAtMs: number
  readonly endedAtMs: number
}

/** Reads what came back. Lines that do not begin with our word are noise: what a shell prints at its start. */
export function parseProbe(stdout: Uint8Array, nonce: string, times: ProbeTimes): ProbeAnswer {
  const text = new TextDecoder().decode(stdout)
  const said = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = line.startsWith(`${nonce} `) ? (/^\S+ (\S+) ?(.*)$/.exec(line) ?? []) : []
    if (key !== '' && !said.has(key)) said.set(key, value)
  }
  if (!said.has('begin')) return { kind: 'noise', text: printable(text.trim().slice(0, 200)) }
  return { kind: 'answered', facts: factsOf(said, times), isWhole: said.has('end') }
}

function factsOf(said: Said, times: ProbeTimes): HostFacts {
  const system = word(said, 'system')
  const machine = word(said, 'machine')
  const libc = word(said, 'libc')
  const [, major, minor] = /\b(?:glibc|GLIBC|GNU libc)\D{0,40}(\d{1,2})\.(\d{1,3})/.exec(libc ?? '') ?? []
  return defined({
    user: word(said, 'user'),
    system: system === undefined ? undefined : `${system} ${machine ?? ''}`.trim(),
    platform: system === 'Linux' ? platforms[machine ?? ''] : undefined,
    os: word(said, 'os'),
    libc,
    glibc: major === undefined || minor === undefined ? undefined : ([Number(major), Number(minor)] as const),
    hasAvx2: said.get('avx2') === 'yes',
    cpus: count(said, 'cpus'),
    memoryBytes: kibibytes(said, 'memory'),
    availableMemoryBytes: kibibytes(said, 'memory.available'),
    git: word(said, 'git'),
    clock: clockOf(said, times),
    work: workFolderOf(said),
    docker: dockerOf(said),
  })
}

const platforms: Readonly<Record<string, string>> = {
  x86_64: 'linux-x64',
  amd64: 'linux-x64',
  aarch64: 'linux-arm64',
  arm64: 'linux-arm64',
}

/** It was read once after the start and once before the end, which bounds it from both sides. */
function clockOf(said: Said, { startedAtMs, endedAtMs }: ProbeTimes): HostFacts['clock'] {
  const first = epochMs(said, 'clock')
  const last = epochMs(said, 'clock.end') ?? first
  if (first === undefined || last === undefined) return undefined
  const most = first - startedAtMs
  const least = last - endedAtMs
  return { aheadMs: (least + most) / 2, uncertainMs: Math.abs(most - least) / 2 }
}

const trials = ['fine', 'not-a-folder', 'not-writable', 'no-exec'] as const

function workFolderOf(said: Said): WorkFolderFacts {
  const [, name, folder] = /^(\S+) ?(.*)$/.exec(word(said, 'work.trial') ?? '') ?? []
  const found = disk(said, 'work')
  const trial = trials.find((one) => one === name)
  return defined({ disk: found, trial, folder: trial === undefined ? undefined : folder || found?.folder })
}
