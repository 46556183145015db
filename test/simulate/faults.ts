import type { Host } from './host.ts'
import type { FaultName } from './scenario.ts'
import type { World } from './world.ts'

/** What each fault does to one host, and to whoever else it concerns. */
export const doFault: Readonly<Record<FaultName, (world: World, host: Host) => void>> = {
  'node killed': (_world, host) => host.process?.die('killed'),
  'node killed while writing': (world, host) => host.process?.dieInEffects(world.random.between(1, 12)),
  'disk lost': (world, host) => {
    host.process?.die('its disk is lost')
    host.disk.lose()
    world.watcher.loses(host)
  },
  'node lost for good': (world, host) => {
    const left = world.hosts.filter(({ unreachableUntilMs }) => unreachableUntilMs < Number.POSITIVE_INFINITY)
    if (left.length === 1 || world.random.chance(0.7)) return
    world.control?.linkOf(host)?.cut()
    host.process?.die('lost for good')
    host.unreachableUntilMs = Number.POSITIVE_INFINITY
  },
  'node stopped and continued': (world, host) => freeze(world, host, false),
  'machine suspended': (world, host) => freeze(world, host, true),
  'link cut': (world, host) => world.control?.linkOf(host)?.cut(),
  'half-open link': (world, host) => world.control?.linkOf(host)?.kill(world.random.pick(['up', 'down'])),
  unreachable: (world, host) => {
    const link = world.control?.linkOf(host)
    link?.kill('up')
    link?.kill('down')
    host.unreachableUntilMs = Math.max(
      host.unreachableUntilMs,
      world.timeline.nowMs + world.random.between(5, 400) * 1000,
    )
  },
  delay: (world, host) => {
    host.extraDelayMs = world.random.between(500, 40_000)
    world.control?.linkOf(host)?.delay(host.extraDelayMs)
    world.healAfter(world.random.between(5, 200) * 1000, () => {
      host.extraDelayMs = 0
      world.control?.linkOf(host)?.delay(0)
    })
  },
  'control killed': (world) => world.control?.kill('killed'),
  'control killed in a transaction': (world) =>
    world.books.crashIn(world.random.between(0, 8), world.random.chance(0.5)),
  'control stopped and continued': (world) => world.control?.standStill(standstillMs(world)),
  'slow node': (world, host) => {
    host.slowness = world.random.between(2, 8)
    world.healAfter(world.random.between(60, 600) * 1000, () => {
      host.slowness = host.plan.slowness
    })
  },
  'disk full': (world, host) => {
    host.diskFullUntilMs = world.timeline.nowMs + world.random.between(5, 120) * 1000
  },
  'fault storm': (world, host) => {
    if (world.hosts.some(({ hasStorm }) => hasStorm)) return
    host.stormUntilMs = world.timeline.nowMs + world.random.between(10, 200) * 1000
  },
  drained: (world, host) => {
    world.asked.drain(host.plan.name, true)
    world.healAfter(world.random.between(10, 200) * 1000, () => {
      world.asked.untilDone(() => world.asked.drain(host.plan.name, false))
    })
  },
  paused: (world) => {
    world.asked.pause(true)
    world.healAfter(world.random.between(10, 200) * 1000, () => {
      world.asked.untilDone(() => world.asked.pause(false))
    })
  },
  'slots changed': (world, host) => {
    const slots = world.random.between(1, 6)
    world.slotsAsked(host, slots)
    world.asked.setSlots(host.plan.name, slots)
  },
  detached: (world) => {
    const trustMs = world.random.between(1, 60) * 60_000
    world.control?.call((control, nowMs) => control.detach(trustMs, nowMs))
  },
}

function freeze(world: World, host: Host, isAsleep: boolean): void {
  const process = host.process
  if (process === null || process.isFrozen) return
  const durationMs = standstillMs(world)
  process.freeze()
  world.timeline.after(durationMs, () => process.thaw(isAsleep ? durationMs : 0))
}

function standstillMs({ random }: World): number {
  return random.pick([2000, 20_000, 60_000, 130_000, 300_000]) * (0.5 + random.next())
}
