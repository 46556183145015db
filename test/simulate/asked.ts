import type { Control, ControlEffect } from '../../src/control/control.ts'
import type { Order } from '../../src/domain/message.ts'
import type { World } from './world.ts'

/** Not known where control died over it: it may be done, or not. */
type Wanted<T> = { readonly value: T } | 'not known'

const againMs = 5_000

/** What people asked of the run, as far as they were told that it is done; checks that every life of control goes by it. */
export class Asked {
  readonly #world: World
  #isPaused: Wanted<boolean> = { value: false }
  readonly #draining = new Map<string, Wanted<boolean>>()
  readonly #slots = new Map<string, Wanted<number>>()

  constructor(world: World) {
    this.#world = world
  }

  /** False where nobody says that it is done. */
  pause(isPaused: boolean): boolean {
    return this.#ask(
      (control, nowMs) => control.pause(isPaused, nowMs),
      (isDone) => {
        this.#isPaused = isDone ? { value: isPaused } : 'not known'
      },
    )
  }

  /** False where nobody says that it is done. */
  drain(node: string, isDraining: boolean): boolean {
    return this.#ask(
      (control, nowMs) => control.drain(node, isDraining, nowMs),
      (isDone) => this.#draining.set(node, isDone ? { value: isDraining } : 'not known'),
    )
  }

  setSlots(node: string, slots: number): void {
    this.#ask(
      (control, nowMs) => control.setSlots(node, slots, nowMs),
      (isDone) => this.#slots.set(node, isDone ? { value: slots } : 'not known'),
    )
  }

  /** People who are not told that it is done ask again. */
  untilDone(ask: () => boolean): void {
    if (!ask() && !this.#world.isEnding) this.#world.timeline.after(againMs, () => this.untilDone(ask))
  }

  #ask(
    work: (control: Control, nowMs: number) => readonly ControlEffect[] | null,
    note: (isDone: boolean) => void,
  ): boolean {
    const { control } = this.#world
    if (control === null) return false
    note(false)
    const isDone = control.ask(work)
    note(isDone)
    return isDone
  }

  /** Control is about to say this to a node. */
  says(node: string, order: Order): void {
    const isPaused = this.#isPaused
    const isDraining = this.#draining.get(node) ?? { value: false }
    const slots = this.#slots.get(node) ?? 'not known'
    const asked = () => JSON.stringify({ isPaused, isDraining, slots })
    this.#world.watch.check('what was asked holds', goesBy(order, isPaused, isDraining, slots), () => {
      return `${node} is told ${JSON.stringify(order)} where ${asked()} was asked`
    })
  }
}

function goesBy(order: Order, isPaused: Wanted<boolean>, isDraining: Wanted<boolean>, slots: Wanted<number>): boolean {
  switch (order.type) {
    case 'lease':
      return !isSurely(isPaused, true) && !isSurely(isDraining, true)
    case 'welcome':
      return slots === 'not known' || order.setup.slots === slots.value
    case 'set-mode':
      if (isPaused === 'not known' || isDraining === 'not known') return true
      return order.mode === (isPaused.value ? 'paused' : isDraining.value ? 'draining' : 'working')
    default:
      return true
  }
}

function isSurely(wanted: Wanted<boolean>, value: boolean): boolean {
  return wanted !== 'not known' && wanted.value === value
}
