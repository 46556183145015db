import { Random } from '../simulate/random.ts'

/** An instance as the benches of makespan know it; times are of a node of speed 1. */
export interface Load {
  readonly attempt: number
  readonly repo: string
  readonly workMs: number
}

export interface Machine {
  readonly node: string
  readonly slots: number
  readonly speed: number
  /** It is gone for good from then on. */
  readonly lostAtMs: number
}

export interface FleetLoad {
  readonly loads: readonly Load[]
  readonly machines: readonly Machine[]
  /** Of how many leases a transient fault ends in the middle. */
  readonly faultShare: number
}

export const hourMs = 3_600_000

export interface LoadShape {
  readonly instances: number
  readonly repos: number
  readonly nodes: number
  readonly slots: number
  readonly meanHours: number
  readonly sigma: number
  /** Of the variance of the logarithm of a duration, what is the same for all of a repository. */
  readonly repoShare: number
  readonly lostShare: number
}

export const paperShape: LoadShape = {
  instances: 45_320,
  repos: 12_800,
  nodes: 64,
  slots: 8,
  meanHours: 1.5,
  sigma: 1.2,
  repoShare: 0.75,
  lostShare: 0.05,
}

/** Instances of repositories that have few or many of them (by Zipf), and nodes of 0.7 to 1.3 of the usual speed. */
export function fleetLoad(seed: number, shape: LoadShape): FleetLoad {
  const random = new Random(seed)
  const { sigma, repoShare, meanHours } = shape
  const medianMs = meanHours * hourMs * Math.exp(-(sigma ** 2) / 2)
  const repoFactor = Array.from({ length: shape.repos }, () => Math.exp(sigma * Math.sqrt(repoShare) * random.normal()))
  const loads = Array.from({ length: shape.instances }, (_, index): Load => {
    // Each has one at least.
    const repo = index < shape.repos ? index : Math.floor(shape.repos ** random.next()) - 1
    const own = Math.exp(sigma * Math.sqrt(1 - repoShare) * random.normal())
    return { attempt: index + 1, repo: `r/${repo}`, workMs: Math.ceil(medianMs * (repoFactor[repo] ?? 1) * own) }
  })
  const shuffled = loads
    .map((load) => ({ load, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ load }, index) => ({ ...load, attempt: index + 1 }))
  const usualMs = (shape.instances * meanHours * hourMs) / (shape.nodes * shape.slots)
  const machines = Array.from({ length: shape.nodes }, (_, index): Machine => {
    const isLost = index > 0 && index <= Math.round(shape.lostShare * shape.nodes)
    const lostAtMs = isLost ? random.next() * usualMs : Number.POSITIVE_INFINITY
    return { node: `n${index + 1}`, slots: shape.slots, speed: 0.7 + 0.6 * random.next(), lostAtMs }
  })
  return { loads: shuffled, machines, faultShare: 0.02 }
}

/** No schedule is shorter: all slots busy to the end, or the longest alone on the fastest node. */
export function boundMs({ loads, machines }: FleetLoad): number {
  const workMs = loads.reduce((sum, load) => sum + load.workMs, 0)
  const doneBy = (atMs: number) =>
    machines.reduce((sum, { slots, speed, lostAtMs }) => sum + slots * speed * Math.min(atMs, lostAtMs), 0)
  let [least, most] = [0, workMs]
  for (let step = 0; step < 60; step += 1) {
    const middle = (least + most) / 2
    if (doneBy(middle) < workMs) least = middle
    else most = middle
  }
  const fastest = Math.max(
    ...machines.filter(({ lostAtMs }) => lostAtMs === Number.POSITIVE_INFINITY).map(({ speed }) => speed),
  )
  const longestMs = loads.reduce((longest, load) => Math.max(longest, load.workMs), 0)
  return Math.max(most, longestMs / fastest)
}
