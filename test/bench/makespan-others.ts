import { Timeline } from '../simulate/timeline.ts'
import type { FleetLoad, Load, Machine } from './makespan-fleet.ts'

/** How work comes to nodes elsewhere. None of these is told how long anything takes, and nothing fails in the middle. */
export type OtherPolicy =
  /** All is dealt out before it begins. */
  | { readonly kind: 'static split' }
  /** A node fills up its own queue of so many from a common one, in which nothing comes back from it. */
  | { readonly kind: 'buffers'; readonly size: number }
  /** A free slot takes the next. */
  | { readonly kind: 'central pull' }

/** What a node that is gone held is noticed, and done elsewhere, so much later. */
const noticedMs = 15 * 60_000

interface Site {
  readonly machine: Machine
  readonly buffer: Load[]
  readonly running: Set<Load>
}

export function makespanOf({ loads, machines }: FleetLoad, policy: OtherPolicy): number {
  const timeline = new Timeline()
  const queue = [...loads]
  const sites = machines.map((machine): Site => ({ machine, buffer: [], running: new Set() }))
  let left = loads.length
  if (policy.kind === 'static split') deal(queue.splice(0), sites)
  const fill = (site: Site) => {
    const { machine, buffer, running } = site
    if (timeline.nowMs >= machine.lostAtMs) return
    const held = policy.kind === 'buffers' ? policy.size : 0
    while (running.size < machine.slots) {
      const load = buffer.shift() ?? queue.shift()
      if (load === undefined) break
      running.add(load)
      timeline.after(load.workMs / machine.speed, () => {
        if (timeline.nowMs >= machine.lostAtMs) return
        running.delete(load)
        left -= 1
        fill(site)
      })
    }
    if (buffer.length < held) buffer.push(...queue.splice(0, held - buffer.length))
  }
  for (const site of sites) {
    fill(site)
    const { lostAtMs } = site.machine
    if (lostAtMs === Number.POSITIVE_INFINITY) continue
    timeline.at(lostAtMs + noticedMs, () => {
      const alive = sites.filter(({ machine }) => timeline.nowMs < machine.lostAtMs)
      const back = [...site.running, ...site.buffer.splice(0)]
      site.running.clear()
      if (policy.kind === 'static split') deal(back, alive)
      else queue.unshift(...back)
      for (const other of alive) fill(other)
    })
  }
  while (left > 0 && timeline.step());
  return timeline.nowMs
}

function deal(loads: readonly Load[], sites: readonly Site[]): void {
  for (const [index, load] of loads.entries()) sites[index % sites.length]?.buffer.push(load)
}
