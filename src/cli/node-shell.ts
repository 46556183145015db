import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sweepRun } from '../control/leftovers.ts'
import { engineDisk } from '../docker/disk.ts'
import { Engine } from '../docker/engine.ts'
import { defaultSlots } from '../domain/capacity.ts'
import type { NodeEvent, NodeMessage, NodeSetup } from '../domain/message.ts'
import { parseNodeMessage, parseOrder } from '../domain/message-schema.ts'
import { protocolTimes } from '../domain/protocol-times.ts'
import type { BundleAnswer } from '../git/mirror.ts'
import { deadNodes, nodeLabel } from '../node/dead-nodes.ts'
import { OutboxFile } from '../node/outbox-file.ts'
import { type AskRepository, Scheduler } from '../node/scheduler.ts'
import type { Listen, NodeShell } from '../node/serve-node.ts'
import { WorkingEngine } from '../node/working-engine.ts'
import { steadyNowMs } from '../util/clock.ts'
import type { MessageChannel } from '../util/message-channel.ts'
import { messageOf } from '../util/message-of.ts'
import type { NodePlace } from './commands/node.ts'
import { type Machine, prepareMachine } from './machine.ts'
import { workersOn } from './workers.ts'

/** Whoever reads what a node lacks is at another machine. */
const fixes = { 'base images': 'openswe hosts images, where the hosts file is; or here: openswe images build' }

/** How long a node that has nothing to do waits for control before it ends; what it kept is there for the next. */
const orphanMs = 3_600_000
const observeMs = 5_000
/** What aborted attempts get to remove their containers. */
const abortMs = 15_000

/** What a node process does: it works on what it is leased until it is told to stop, whoever is connected. */
export function nodeShell(place: NodePlace): NodeShell {
  return {
    async run(listen, signal) {
      const bare = Engine.connect({ socketPath: place.dockerSocket })
      const machine = await prepareMachine(bare, place.workFolder, fixes)
      const slots = await slotsOn(bare, machine)
      // What an earlier life of this process left running is nobody's, and so is what dead nodes of other runs left.
      const dead = await deadNodes(runsFolder(place), place.folder)
      for (const label of [labelOf(place), ...dead]) await sweep(bare, label, machine)
      const options = { socketPath: place.dockerSocket, runId: labelOf(place), slots, workFolder: place.workFolder }
      await using working = await WorkingEngine.start(
        {
          ...options,
          mayRemoveAccepted: false,
          onWait: (why) => say(why ?? 'something may begin again'),
          onProblem: say,
        },
        signal,
      )
      const end = await serveFrom(join(place.folder, 'outbox'), { place, machine, slots, working, listen, signal })
      await sweep(bare, labelOf(place), machine)
      if (end === 'stopped') await removeOutbox(place)
    },
  }
}

async function sweep(engine: Engine, label: string, { workRoot }: Machine): Promise<void> {
  for (const problem of await sweepRun(engine, label, workRoot)) say(problem)
}

/** Control has all of it. */
async function removeOutbox({ folder }: NodePlace): Promise<void> {
  await rm(join(folder, 'outbox'), { force: true })
  await rm(join(folder, 'outbox.ballast'), { force: true })
}

function runsFolder({ workFolder }: NodePlace): string {
  return join(workFolder, 'runs')
}

function labelOf(place: NodePlace): string {
  return nodeLabel(runsFolder(place), place.folder)
}

interface Serve {
  readonly place: NodePlace
  readonly machine: Machine
  readonly slots: number
  readonly working: WorkingEngine
  readonly outbox: OutboxFile
  readonly kept: readonly NodeEvent[]
  readonly listen: Listen
  readonly signal: AbortSignal
}

/** Why a node came to its end: told to and with nothing left to tell, or left by control or by whoever runs the machine. */
type ServeEnd = 'stopped' | 'left'

async function serveFrom(path: string, serving: Omit<Serve, 'outbox' | 'kept'>): Promise<ServeEnd> {
  const { outbox, values, setAside } = await OutboxFile.open(path)
  await using _ = outbox
  if (setAside !== null) say(`the outbox was damaged, and is in ${setAside} now`)
  return await serve({ ...serving, outbox, kept: values.flatMap(keptEvent) })
}

async function serve({ place, machine, slots, working, outbox, kept, listen, signal }: Serve): Promise<ServeEnd> {
  const runId = labelOf(place)
  const workersFor = (_: string, setup: NodeSetup, ask: AskRepository) => {
    const bundles = { depth: setup.checkoutDepth, ask: bundleBy(ask) }
    const workDir = join(machine.workRoot, runId)
    return working.watched(workersOn(working.engine, machine, { runId, setup, workDir, bundles }))
  }
  using scheduler = new Scheduler({
    node: place.name,
    boot: crypto.randomUUID(),
    slots,
    times: protocolTimes,
    kept,
    workersFor,
    onSlots: (count) => working.admission.setSlots(count),
    keep: (event) => outbox.append([event]),
    forget: (count) => outbox.drop(count),
    gate: (isOpen) =>
      isOpen ? working.admission.release() : working.admission.hold('nothing was heard of control for too long'),
    nowMs: steadyNowMs,
  })
  let lastChannelMs = performance.now()
  let channels = 0
  const orphaned = Promise.withResolvers<void>()
  scheduler.observe(working.facts)
  const timer = setInterval(() => {
    scheduler.observe(working.facts)
    if (channels > 0) lastChannelMs = performance.now()
    else if (scheduler.isIdle && performance.now() - lastChannelMs > orphanMs) orphaned.resolve()
  }, observeMs)
  try {
    await listen((channel) => {
      channels += 1
      void carry(channel, scheduler).finally(() => {
        channels -= 1
      })
    })
    const stopped = scheduler.ended.then(() => 'stopped' as const)
    const left = Promise.race([orphaned.promise, aborted(signal)]).then(() => 'left' as const)
    const end = await Promise.race([stopped, left])
    scheduler.abort()
    await Promise.race([scheduler.settled, Bun.sleep(abortMs)])
    return end
  } finally {
    clearInterval(timer)
  }
}

/** Passes on what control says over one connection until that ends. */
async function carry(channel: MessageChannel, scheduler: Scheduler): Promise<void> {
  const link = scheduler.connected({
    send: (message) => channel.send(message, laneOf(message)),
    close: (why) => channel.close(why),
  })
  try {
    for await (const value of channel) scheduler.receive(link, parseOrder(value))
  } catch (error) {
    // Of another version, or not control at all.
    const why = messageOf(error)
    say(`a connection is closed: ${why}`)
    channel.close(why)
  }
  scheduler.disconnected(link)
}

/** A heartbeat does not wait behind a trajectory of megabytes. */
function laneOf({ type }: NodeMessage): 'pulse' | 'bulk' {
  return type === 'heartbeat' ? 'pulse' : 'bulk'
}

/** What an earlier version kept, nobody can read. */
function keptEvent(value: unknown): NodeEvent[] {
  try {
    const message = parseNodeMessage(value)
    return 'sequence' in message ? [message] : []
  } catch (error) {
    say(`an event of the outbox is left out: ${messageOf(error)}`)
    return []
  }
}

async function slotsOn(engine: Engine, { facts }: Machine): Promise<number> {
  const disk = await engineDisk(engine)
  return defaultSlots({ ...facts, ...(disk === null ? {} : { freeDiskBytes: disk.freeBytes }) })
}

function bundleBy(ask: AskRepository): (repo: string, commit: string, signal: AbortSignal) => Promise<BundleAnswer> {
  return async (repo, commit, signal) => {
    const answer = await ask(repo, commit, signal)
    return answer.kind === 'bundle' ? { kind: 'bundle', bytes: Buffer.from(answer.bundle, 'base64') } : answer
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Into the log of the process, which its standard error is. */
function say(text: string): void {
  console.error(`${new Date().toISOString()} ${text}`)
}
