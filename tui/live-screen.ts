import type { DocumentKind } from '../src/control/snapshot-detail.ts'
import { messageOf } from '../src/util/message-of.ts'
import { type Drawing, draw, type Facts, type Frame, type InstanceFacts, listHeight, tabOf } from './draw.ts'
import type { FrameSize } from './frame.ts'
import { heard, type LiveTail, liveLines, liveNote, unheardTail } from './live-tail.ts'
import { press } from './press.ts'
import { testLines } from './screens/instance.ts'
import { attemptOrder } from './screens/instances.ts'
import type { ScreenActions, ScreenSource } from './source.ts'
import type { Theme } from './theme.ts'
import { type Effect, firstView, type OpenInstance, type View } from './view.ts'
import { asPrinted, wrapLines } from './wrap.ts'

export interface ScreenOptions {
  readonly source: ScreenSource
  readonly actions: ScreenActions
  readonly theme: Theme
  readonly first: View['screen']
  /** Ctrl-C was pressed. */
  readonly onInterrupt: () => void
  readonly nowMs: () => number
}

/** What is new is looked for so often; a frame more only answers a key. */
export const lookEveryMs = 250
/** What is new is read and drawn in no more than one part in so many of the time, */
const rest = 20
/** unless it would be shown so late. */
const longestRestMs = 1_000
const noticeMs = 8_000
/** Of longer texts the end is shown. */
const shownCharacters = 1_000_000
/** What programs printed; what somebody wrote is shown as it is. */
const printedKinds: ReadonlySet<DocumentKind> = new Set(['build log', 'test output'])

/** The state of a screen: what was read, where somebody is, and the frame that comes of it. Whoever holds it calls `look`. */
export class LiveScreen {
  readonly #options: ScreenOptions
  readonly #listeners = new Set<() => void>()
  readonly #left = Promise.withResolvers<void>()
  #size: FrameSize = { columns: 80, rows: 24 }
  #view: View
  #facts: Facts
  #read: { readonly version: number; readonly atMs: number }
  #spentMs = 0
  #document: { readonly key: string; readonly lines: readonly string[] } | null = null
  #tail: LiveTail | null = null
  #notice: (Drawing['notice'] & { readonly untilMs: number }) | null = null
  #frame: Frame
  #count = 0

  constructor(options: ScreenOptions) {
    this.#options = options
    this.#view = firstView(options.first)
    const read = this.#readAll()
    this.#facts = read.facts
    this.#read = read.read
    this.#frame = this.#drawn()
  }

  /** Resolves once somebody leaves; rejects where the screen cannot go on. */
  get left(): Promise<void> {
    return this.#left.promise
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Another number for each frame. */
  readonly version = (): number => this.#count

  /** The frame for a terminal of this size. */
  lines(size: FrameSize): readonly string[] {
    if (size.columns === this.#size.columns && size.rows === this.#size.rows) return this.#frame.lines
    this.#size = size
    this.#facts = { ...this.#facts, ...this.#readView() }
    this.#frame = this.#drawn()
    return this.#frame.lines
  }

  /** Shows what is new, if anything is. */
  look(): void {
    this.#try(() => {
      const { source, nowMs } = this.#options
      const now = nowMs()
      this.#askTail(now)
      const isOver = this.#notice !== null && now >= this.#notice.untilMs
      if (isOver) this.#notice = null
      const isNew = source.version() !== this.#read.version || this.#isAging(now)
      if (isNew && now >= this.#read.atMs + Math.min(longestRestMs, rest * this.#spentMs)) {
        const { facts, read } = this.#readAll()
        this.#facts = facts
        this.#read = read
      } else if (!isOver) return
      this.#redraw()
    })
  }

  /** One key after the other, as if each frame between them had been seen; what is typed into a filter is read for once. */
  press(...keys: readonly string[]): void {
    this.#try(() => {
      this.#notice = null
      for (const [index, key] of keys.entries()) {
        const { view, effect } = press(this.#view, key, this.#frame.shown, this.#actions)
        this.#view = view
        if (effect !== null) this.#perform(effect)
        if (view.prompt?.kind === 'filter' && index < keys.length - 1) continue
        this.#facts = { ...this.#facts, ...this.#readView() }
        this.#redraw()
      }
      this.#askTail(this.#options.nowMs())
    })
  }

  /** Says something in the line at the foot, for a while. */
  tell(text: string, isFault = false): void {
    this.#notice = { text, isFault, untilMs: this.#options.nowMs() + noticeMs }
    this.#try(() => this.#redraw())
  }

  /** So long it took to show the last frame, beside what reading took. */
  spent(tookMs: number): void {
    this.#spentMs += tookMs
  }

  fail(error: unknown): void {
    this.#left.reject(error)
  }

  #try(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.fail(error)
    }
  }

  /** Of a run that is over nothing can be asked any more. */
  get #actions(): ScreenActions {
    const { actions } = this.#options
    return this.#facts.state === 'running' ? actions : { ...actions, pause: null, drain: null, retry: null }
  }

  /** What a run that goes on shows of time is another every second. */
  #isAging(nowMs: number): boolean {
    return this.#facts.state === 'running' && Math.floor(nowMs / 1000) !== Math.floor(this.#read.atMs / 1000)
  }

  #readAll() {
    const { source, actions, nowMs } = this.#options
    const startedMs = performance.now()
    const version = source.version()
    const run = { snapshot: source.snapshot(), state: source.state(), attendance: actions.attendance() }
    this.#document = null
    const facts: Facts = { ...run, ...this.#readView(true) }
    this.#spentMs = performance.now() - startedMs
    return { facts, read: { version, atMs: nowMs() } }
  }

  /** What depends on where somebody is. */
  #readView(isNew = false): Pick<Facts, 'page' | 'costs' | 'instance'> {
    const { source } = this.#options
    const { screen, instance, ending, lists } = this.#view
    const known = isNew ? null : this.#facts
    if (instance !== null) {
      const isKnown = known?.instance?.detail?.line.attempt_id === instance.attemptId
      const detail = isKnown ? (known?.instance?.detail ?? null) : source.detail(instance.attemptId)
      const facts = { detail, lines: this.#textLines(detail, instance), note: this.#noteOn(detail, instance) }
      return { page: null, costs: null, instance: facts }
    }
    const height = listHeight(this.#size)
    const { filter, selected, top } = lists.instances
    const query = { filter, ending, order: attemptOrder(lists.instances), limit: 3 * height }
    const offset = Math.max(0, Math.min(top, selected) - height)
    return {
      page: screen === 'instances' ? source.attempts({ ...query, offset }) : null,
      costs: screen === 'cost' ? (known?.costs ?? source.costs()) : null,
      instance: null,
    }
  }

  #textLines(detail: InstanceFacts['detail'], instance: OpenInstance): readonly string[] | null {
    const kind = tabOf(detail, instance)
    if (detail === null || kind === 'facts') return null
    const { columns } = this.#size
    if (kind === 'live') return liveLines(this.#options.theme, this.#tailOf(instance), columns)
    const key = `${detail.line.attempt_id} ${kind} ${columns}`
    if (this.#document?.key !== key) {
      const { theme } = this.#options
      const lines = kind === 'tests' ? testLines(theme, detail, columns) : this.#readDocument(detail, kind, columns)
      this.#document = { key, lines }
    }
    return this.#document.lines
  }

  #readDocument({ line }: NonNullable<InstanceFacts['detail']>, kind: DocumentKind, width: number): readonly string[] {
    const { source, theme } = this.#options
    const text = source.document(line.attempt_id, kind) ?? ''
    const shown = text.length > shownCharacters ? text.slice(-shownCharacters) : text
    const printed = printedKinds.has(kind) ? asPrinted(shown) : shown
    // From edge to edge: what programs print is often as wide as the narrowest terminal.
    const lines = wrapLines(theme, printed.replace(/\n$/, ''), width)
    return shown === text
      ? lines
      : [theme.style('faint', ' Only the end is shown; o writes all of it to a file.'), ...lines]
  }

  #tailOf({ attemptId }: OpenInstance): LiveTail {
    return this.#tail?.attemptId === attemptId ? this.#tail : unheardTail(attemptId)
  }

  #noteOn(detail: InstanceFacts['detail'], instance: OpenInstance): string {
    if (tabOf(detail, instance) !== 'live') return ''
    return liveNote(this.#tailOf(instance), instance.top, detail?.line.state === 'running', this.#options.nowMs())
  }

  /** Not for whoever moved up: what they read stands still. */
  #askTail(nowMs: number): void {
    const { instance } = this.#view
    if (instance?.tab !== 'live' || instance.top !== 'end' || this.#facts.state !== 'running') return
    const { attemptId } = instance
    const known = this.#tailOf(instance)
    if (nowMs < known.nextMs) return
    this.#tail = { ...known, nextMs: Number.POSITIVE_INFINITY }
    void this.#options.actions.tail(attemptId).then((text) => this.#try(() => this.#hear(attemptId, text)))
  }

  #hear(attemptId: number, text: string | null): void {
    const { instance } = this.#view
    const known = this.#tail
    if (known?.attemptId !== attemptId) return
    const nowMs = this.#options.nowMs()
    const isRead = instance?.tab === 'live' && instance.top !== 'end'
    const tail = heard(known, isRead ? known.text : text, nowMs)
    this.#tail = tail
    if (instance === null || (tail.text === known.text && tail.isSilent === known.isSilent)) return
    this.#facts = { ...this.#facts, ...this.#readView() }
    this.#redraw()
  }

  #perform(effect: Effect): void {
    const { actions, onInterrupt } = this.#options
    switch (effect.kind) {
      case 'leave':
        this.#left.resolve()
        return
      case 'interrupt':
        onInterrupt()
        return
      case 'pause':
        this.#tellOf(actions.pause?.(effect.isPaused))
        return
      case 'drain':
        this.#tellOf(actions.drain?.(effect.node))
        return
      case 'retry':
        this.#tellOf(actions.retry?.(effect.instanceId))
        return
      case 'save':
        this.#tellOf(actions.saveLog(effect.attemptId))
    }
  }

  #tellOf(work: Promise<string> | undefined): void {
    work?.then(
      (text) => this.tell(text),
      (error: unknown) => this.tell(messageOf(error), true),
    )
  }

  #redraw(): void {
    this.#frame = this.#drawn()
    this.#count += 1
    for (const listener of this.#listeners) listener()
  }

  #drawn(): Frame {
    const { theme, nowMs } = this.#options
    const drawing = {
      theme,
      actions: this.#actions,
      size: this.#size,
      view: this.#view,
      facts: this.#facts,
      notice: this.#notice,
    }
    const frame = draw({ ...drawing, nowMs: nowMs() })
    this.#view = frame.view
    return frame
  }
}
