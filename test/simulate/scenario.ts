import { type ProtocolTimes, protocolTimes } from '../../src/domain/protocol-times.ts'
import { Random } from './random.ts'

/** What can go wrong by intent. */
export const faultKinds = [
  'node killed',
  'node killed while writing',
  'disk lost',
  'node lost for good',
  'node stopped and continued',
  'machine suspended',
  'link cut',
  'half-open link',
  'unreachable',
  'delay',
  'control killed',
  'control killed in a transaction',
  'control stopped and continued',
  'slow node',
  'disk full',
  'fault storm',
  'drained',
  'paused',
  'slots changed',
  'detached',
] as const

export type FaultName = (typeof faultKinds)[number]

/** What can go wrong with lines, where messages travel as lines. */
export const lineFaults = ['duplicate line', 'reordered line', 'garbage line', 'torn line'] as const

export type LineFault = (typeof lineFaults)[number]

export interface HostPlan {
  readonly name: string
  readonly slots: number
  /** How fast its clock goes, and where it began. */
  readonly rate: number
  readonly offsetMs: number
  /** How many times longer than planned it takes. */
  readonly slowness: number
  readonly latencyMs: number
}

export interface AttemptPlan {
  readonly attempt: number
  readonly repo: string
  /** Of each iteration. */
  readonly iterationMs: readonly number[]
  readonly asksModel: boolean
  /** It ends in a fault of its own, whoever does it. */
  readonly isPoison: boolean
  readonly mayTwin: boolean
}

/** All that is drawn before time begins. */
export interface Scenario {
  readonly seed: number
  readonly times: ProtocolTimes
  readonly hosts: readonly HostPlan[]
  readonly ahead: number
  readonly attempts: readonly AttemptPlan[]
  readonly faults: readonly FaultName[]
  readonly faultGapMs: number
  /** All is healed then, but for what is lost for good. */
  readonly healedAtMs: number
  /** Messages travel as lines of bytes, and not as values. */
  readonly isByLines: boolean
  readonly tickMs: number
}

const minuteMs = 60_000

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed)
  const isByLines = random.chance(0.05)
  const hosts = Array.from({ length: random.between(2, 8) }, (_, index) => hostPlan(random, `n${index + 1}`))
  const slots = hosts.reduce((sum, host) => sum + host.slots, 0)
  const repos = random.between(1, 6)
  const medianMs = random.between(10, 90) * 1000
  const attempts = Array.from({ length: random.between(2, 2 * slots) }, (_, index) => {
    return attemptPlan(random, index + 1, `r/${random.between(1, repos)}`, medianMs)
  })
  const isCalm = random.chance(0.05)
  return {
    seed,
    times: { ...protocolTimes, idleMs: 2 * minuteMs, abandonedMs: 10 * minuteMs },
    hosts,
    ahead: random.between(0, 4),
    attempts,
    // Not all kinds at once: some only show what they do where others do not hide it.
    faults: isCalm ? [] : faultKinds.filter(() => random.chance(0.5)),
    faultGapMs: random.between(4, 45) * 1000,
    healedAtMs: random.between(2, 9) * minuteMs,
    isByLines,
    tickMs: random.between(1000, 4000),
  }
}

function hostPlan(random: Random, name: string): HostPlan {
  return {
    name,
    slots: random.between(1, 5),
    rate: 1 + (random.next() - 0.5) / 50,
    offsetMs: random.chance(0.2) ? random.between(-60, 60) * minuteMs : random.between(0, 5000),
    slowness: random.chance(0.2) ? random.between(2, 5) : 1,
    latencyMs: random.pick([0, 1, 20, 200, 1500]),
  }
}

function attemptPlan(random: Random, attempt: number, repo: string, medianMs: number): AttemptPlan {
  const isStraggler = random.chance(0.03)
  const iterationMs = Array.from({ length: random.between(1, 3) }, () => {
    return Math.ceil(medianMs * Math.exp(0.8 * random.normal()) * (isStraggler ? 6 : 1))
  })
  return {
    attempt,
    repo,
    iterationMs,
    asksModel: random.chance(0.3),
    isPoison: random.chance(0.02),
    mayTwin: random.chance(0.7),
  }
}
