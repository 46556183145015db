import { type Action, actionOf, placeOf } from './keys.ts'
import { type ListSize, type Move, moved } from './list.ts'
import type { ScreenActions } from './source.ts'
import { type Effect, type Ending, type OpenInstance, screenNames, type TabName, type View, withList } from './view.ts'

/** What the last frame showed, as far as keys depend on it. */
export interface Shown {
  readonly size: ListSize
  /** What is selected there; null where that is nothing of the kind. */
  readonly node: string | null
  readonly attempt: { readonly attemptId: number; readonly instanceId: string } | null
  readonly ending: Ending | null
  /** What an instance that is looked into can be looked at by, and its first line that is shown. */
  readonly tabs: readonly TabName[]
  readonly top: number
  /** More may be added to it. */
  readonly isGoingOn: boolean
  /** How many rows of help do not fit. */
  readonly hiddenHelp: number
}

export interface Pressed {
  readonly view: View
  readonly effect: Effect | null
}

/** The only function that changes a view by a key. */
export function press(view: View, key: string, shown: Shown, actions: ScreenActions): Pressed {
  const { prompt } = view
  if (key === 'ctrl+c') return { view, effect: { kind: 'interrupt' } }
  switch (prompt?.kind) {
    case 'filter':
      return still(typed(view, prompt.before, key))
    case 'confirm':
      return { view: { ...view, prompt: null }, effect: key === 'y' || key === 'return' ? prompt.effect : null }
    case 'help': {
      const action = actionOf(key, placeOf(view), actions)
      if (action === 'up' || action === 'down') {
        const top = Math.max(0, Math.min(prompt.top + (action === 'up' ? -1 : 1), shown.hiddenHelp))
        return still({ ...view, prompt: { kind: 'help', top } })
      }
      return still({ ...view, prompt: null })
    }
    case undefined: {
      const action = actionOf(key, placeOf(view), actions)
      return action === null ? still(view) : done(view, action, shown, actions)
    }
  }
}

const still = (view: View): Pressed => ({ view, effect: null })

function typed(view: View, before: string, key: string): View {
  const { filter } = view.lists[view.screen]
  switch (key) {
    case 'return':
      return { ...view, prompt: null }
    case 'escape':
      return { ...withList(view, { filter: before }), prompt: null }
    case 'backspace':
      return withList(view, { filter: [...filter].slice(0, -1).join('') })
    default:
      return [...key].length === 1 ? withList(view, { filter: filter + key, selected: 0, top: 0, id: null }) : view
  }
}

function done(view: View, action: Action, shown: Shown, actions: ScreenActions): Pressed {
  switch (action) {
    case 'up':
    case 'down':
    case 'page-up':
    case 'page-down':
    case 'first':
    case 'last':
      return still(
        view.instance === null ? withMove(view, action, shown) : scrolled(view, view.instance, action, shown),
      )
    case 'open':
      return still(opened(view, shown))
    case 'back':
      return still(back(view))
    case 'next':
      return still(turned(view, 1, shown))
    case 'previous':
      return still(turned(view, -1, shown))
    case 'filter':
      return still({ ...view, prompt: { kind: 'filter', before: view.lists[view.screen].filter } })
    case 'order':
      return still(withList(view, { order: view.lists[view.screen].order + 1, selected: 0, top: 0, id: null }))
    case 'help':
      return still({ ...view, prompt: { kind: 'help', top: 0 } })
    case 'pause':
      return { view, effect: { kind: 'pause', isPaused: actions.attendance() !== 'paused' } }
    case 'drain':
      return still(
        shown.node === null ? view : asked(view, drainQuestion(shown.node), { kind: 'drain', node: shown.node }),
      )
    case 'retry':
      return { view, effect: shown.attempt && { kind: 'retry', instanceId: shown.attempt.instanceId } }
    case 'save':
      return { view, effect: shown.attempt && { kind: 'save', attemptId: shown.attempt.attemptId } }
    case 'leave': {
      const { question } = actions.leave
      const effect = { kind: 'leave' } as const
      return question === null ? { view, effect } : still(asked(view, question, effect))
    }
    case 'interrupt':
      return { view, effect: { kind: 'interrupt' } }
  }
}

function withMove(view: View, move: Move, { size }: Shown): View {
  return withList(view, { ...moved(view.lists[view.screen], move, size), id: null })
}

/** Texts have no line that is selected: they move as a whole. Who goes to the end of what goes on stays there. */
function scrolled(view: View, instance: OpenInstance, move: Move, { size, top, isGoingOn }: Shown): View {
  const page = Math.max(1, size.height - 1)
  const by = { up: -1, down: 1, 'page-up': -page, 'page-down': page, first: Number.NEGATIVE_INFINITY, last: Infinity }[
    move
  ]
  const last = Math.max(0, size.count - size.height)
  const moved = Math.max(0, Math.min(top + by, last))
  const isFollowed = moved === last && (instance.tab === 'live' || (isGoingOn && last > 0))
  return { ...view, instance: { ...instance, top: isFollowed ? 'end' : moved } }
}

function opened(view: View, { attempt, ending, node }: Shown): View {
  if (view.screen === 'failures' && ending !== null) return { ...cleared(view, ''), ending }
  if (view.screen === 'fleet' && node !== null) return { ...cleared(view, node), ending: null }
  if (attempt !== null) return { ...view, instance: { attemptId: attempt.attemptId, tab: 'facts', top: 0 } }
  return view
}

function cleared(view: View, filter: string): View {
  return withList({ ...view, screen: 'instances' }, { filter, selected: 0, top: 0, id: null })
}

/** Out of an instance, out of a filter, out of what failures led to. */
function back(view: View): View {
  if (view.instance !== null) return { ...view, instance: null }
  if (view.lists[view.screen].filter !== '') return withList(view, { filter: '', selected: 0, top: 0, id: null })
  if (view.screen === 'instances' && view.ending !== null) return { ...view, screen: 'failures', ending: null }
  return view
}

function turned(view: View, by: 1 | -1, { tabs }: Shown): View {
  const { instance } = view
  if (instance !== null) {
    const tab = tabs[wrapped(tabs.indexOf(instance.tab) + by, tabs.length)] ?? 'facts'
    return { ...view, instance: { ...instance, tab, top: startOf(tab) } }
  }
  const at = wrapped(screenNames.indexOf(view.screen) + by, screenNames.length)
  return { ...view, screen: screenNames[at] ?? 'fleet', ending: null }
}

/** What is printed now is followed until somebody moves up. */
export function startOf(tab: TabName): OpenInstance['top'] {
  return tab === 'live' ? 'end' : 0
}

function wrapped(index: number, count: number): number {
  return count === 0 ? 0 : (index + count) % count
}

function asked(view: View, question: string, effect: Effect): View {
  return { ...view, prompt: { kind: 'confirm', question, effect } }
}

function drainQuestion(node: string): string {
  return `Have ${node} finish what runs and take nothing new?`
}
