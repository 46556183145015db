import type { NodeMessage, Order } from '../../src/domain/message.ts'
import { LineReader } from '../../src/util/line-reader.ts'
import { LineWriter } from '../../src/util/line-writer.ts'
import { type Lane, WireError } from '../../src/util/wire-line.ts'
import type { Random } from './random.ts'
import type { LineFault } from './scenario.ts'
import type { Timeline } from './timeline.ts'

/** One end of a link, as its owner sees it. */
export interface LinkEnd<In> {
  readonly receive: (message: In) => void
  /** It is gone, or what came of it cannot be relied on. */
  readonly closed: (why: string) => void
}

export interface LinkOptions {
  readonly timeline: Timeline
  readonly random: Random
  readonly latencyMs: number
  readonly isByLines: boolean
  /** What is done to the next line. */
  readonly nextLineFault: () => LineFault | null
}

const promptTypes: ReadonlySet<string> = new Set(['welcome', 'hello', 'heartbeat', 'heartbeat-answer'])

/** What goes one way: in order, but that what is prompt overtakes what is large. */
class Direction<T extends { readonly type: string }> {
  readonly #options: LinkOptions
  readonly #end: LinkEnd<T>
  readonly #writer = new LineWriter()
  readonly #reader = new LineReader()
  readonly #arrivesAtMs = { pulse: 0, bulk: 0 }
  #heldBack: Uint8Array | null = null
  extraMs = 0
  /** Nothing more arrives, and nobody is told. */
  isDead = false

  constructor(options: LinkOptions, end: LinkEnd<T>) {
    this.#options = options
    this.#end = end
  }

  send(message: T): void {
    const { isByLines, timeline } = this.#options
    const lane: Lane = promptTypes.has(message.type) ? 'pulse' : 'bulk'
    if (!isByLines) {
      this.#carry(lane, () => this.#end.receive(message))
      return
    }
    this.#writer.push(message, lane)
    for (let lines = this.#writer.take(1); lines !== null; lines = this.#writer.take(1)) {
      const sent = this.#damaged(lines)
      // Lines of one stream arrive in their order.
      timeline.at(this.#arrival('bulk'), () => this.#read(sent))
    }
  }

  #damaged(lines: Uint8Array): Uint8Array {
    const heldBack = this.#heldBack
    this.#heldBack = null
    if (heldBack !== null) return Buffer.concat([lines, heldBack])
    switch (this.#options.nextLineFault()) {
      case null:
        return lines
      case 'duplicate line':
        return Buffer.concat([lines, lines])
      case 'reordered line':
        this.#heldBack = lines
        return new Uint8Array()
      case 'garbage line':
        return Buffer.concat([lines, Buffer.from('Warning: something\n')])
      case 'torn line':
        return lines.subarray(0, this.#options.random.between(0, lines.byteLength - 1))
    }
  }

  #carry(lane: Lane, deliver: () => void): void {
    this.#options.timeline.at(this.#arrival(lane), () => {
      if (!this.isDead) deliver()
    })
  }

  #arrival(lane: Lane): number {
    const { timeline, random, latencyMs } = this.#options
    const soonMs = timeline.nowMs + latencyMs * (0.5 + random.next()) + this.extraMs
    const { pulse, bulk } = this.#arrivesAtMs
    if (lane === 'pulse') {
      this.#arrivesAtMs.pulse = Math.max(soonMs, pulse)
      return this.#arrivesAtMs.pulse
    }
    const largeMs = random.chance(0.05) ? random.between(0, 5000) : 0
    this.#arrivesAtMs.bulk = Math.max(soonMs + largeMs, bulk, pulse)
    return this.#arrivesAtMs.bulk
  }

  #read(lines: Uint8Array): void {
    if (this.isDead) return
    try {
      for (const value of this.#reader.push(lines)) this.#end.receive(value as T)
      if (this.#reader.broken !== null) throw this.#reader.broken
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.isDead = true
      this.#end.closed(error.message)
    }
  }
}

/** One connection between control and a node process. */
export class Link {
  readonly #options: LinkOptions
  readonly #down: Direction<Order>
  readonly #up: Direction<NodeMessage>
  readonly #atNode: LinkEnd<Order>
  readonly #atControl: LinkEnd<NodeMessage>
  #isOpenAtNode = true
  #isOpenAtControl = true

  constructor(options: LinkOptions, atNode: LinkEnd<Order>, atControl: LinkEnd<NodeMessage>) {
    this.#options = options
    this.#atNode = {
      receive: (order) => this.#isOpenAtNode && atNode.receive(order),
      closed: (why) => this.#nodeSees(why, atNode),
    }
    this.#atControl = {
      receive: (message) => this.#isOpenAtControl && atControl.receive(message),
      closed: (why) => this.#controlSees(why, atControl),
    }
    this.#down = new Direction(options, this.#atNode)
    this.#up = new Direction(options, this.#atControl)
  }

  sendDown(order: Order): void {
    if (this.#isOpenAtControl) this.#down.send(order)
  }

  sendUp(message: NodeMessage): void {
    if (this.#isOpenAtNode) this.#up.send(message)
  }

  /** The node's end is closed by its process, or with it. */
  closeAtNode(): void {
    this.#isOpenAtNode = false
    this.#later(this.#up, () => this.#atControl.closed('the other side closed it'))
  }

  /** Control's end is closed by its process, or with it. */
  closeAtControl(): void {
    this.#isOpenAtControl = false
    this.#later(this.#down, () => this.#atNode.closed('the other side closed it'))
  }

  /** What is on its way is lost; each side hears of it in its own time. */
  cut(): void {
    const { random, timeline } = this.#options
    this.#down.isDead = true
    this.#up.isDead = true
    timeline.after(random.between(0, 3000), () => this.#atNode.closed('it was cut'))
    timeline.after(random.between(0, 3000), () => this.#atControl.closed('it was cut'))
  }

  /** Nothing more arrives there, and nobody is told. */
  kill(direction: 'up' | 'down'): void {
    if (direction === 'up') this.#up.isDead = true
    else this.#down.isDead = true
  }

  delay(extraMs: number): void {
    this.#down.extraMs = extraMs
    this.#up.extraMs = extraMs
  }

  #later(direction: { readonly isDead: boolean; readonly extraMs: number }, tell: () => void): void {
    const { random, timeline, latencyMs } = this.#options
    timeline.after(direction.extraMs + 2 * latencyMs + random.between(0, 500), () => {
      if (!direction.isDead) tell()
    })
  }

  #nodeSees(why: string, end: LinkEnd<Order>): void {
    if (!this.#isOpenAtNode) return
    this.#isOpenAtNode = false
    this.#later(this.#up, () => this.#atControl.closed('the other side closed it'))
    end.closed(why)
  }

  #controlSees(why: string, end: LinkEnd<NodeMessage>): void {
    if (!this.#isOpenAtControl) return
    this.#isOpenAtControl = false
    this.#later(this.#down, () => this.#atNode.closed('the other side closed it'))
    end.closed(why)
  }
}
