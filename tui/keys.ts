import type { Move } from './list.ts'
import type { ScreenActions } from './source.ts'
import type { Theme } from './theme.ts'
import type { ScreenName, View } from './view.ts'

export type Action =
  | Move
  | 'open'
  | 'back'
  | 'next'
  | 'previous'
  | 'filter'
  | 'order'
  | 'pause'
  | 'drain'
  | 'retry'
  | 'save'
  | 'help'
  | 'leave'
  | 'interrupt'

/** Where a key is pressed: on a screen, or in an instance. */
export type Place = ScreenName | 'instance'

export interface KeyRow {
  /** As `keyName` names them. */
  readonly keys: readonly string[]
  readonly action: Action
  readonly help: string
  /** For the line at the foot; absent where it needs no mention. */
  readonly short?: string
  /** Absent: everywhere. */
  readonly on?: readonly Place[]
}

/** Every key. The help and the line at the foot are made of it. */
export const keyRows: readonly KeyRow[] = [
  { keys: ['up', 'k'], action: 'up', help: 'Up' },
  { keys: ['down', 'j'], action: 'down', help: 'Down' },
  { keys: ['pageup', 'ctrl+b'], action: 'page-up', help: 'A page up' },
  { keys: ['pagedown', 'ctrl+f', ' '], action: 'page-down', help: 'A page down' },
  { keys: ['home', 'g'], action: 'first', help: 'To the first' },
  { keys: ['end', 'G'], action: 'last', help: 'To the last' },
  {
    keys: ['tab', 'right', 'l'],
    action: 'next',
    help: 'The next screen; in an instance, the next text',
    short: 'next',
  },
  { keys: ['shift+tab', 'left', 'h'], action: 'previous', help: 'The one before' },
  {
    keys: ['return'],
    action: 'open',
    help: 'Look into what is selected',
    short: 'open',
    on: ['instances', 'failures'],
  },
  { keys: ['return'], action: 'open', help: 'The instances of the node', short: 'instances', on: ['fleet'] },
  { keys: ['escape'], action: 'back', help: 'Back; without a filter', short: 'back', on: ['instances', 'instance'] },
  { keys: ['escape'], action: 'back', help: 'Without a filter', on: ['fleet'] },
  { keys: ['/'], action: 'filter', help: 'Filter what is listed', short: 'filter', on: ['fleet', 'instances'] },
  { keys: ['s'], action: 'order', help: 'Sort by something else', short: 'sort', on: ['fleet', 'instances'] },
  { keys: ['p'], action: 'pause', help: 'Start nothing new, or go on', short: 'pause' },
  {
    keys: ['d'],
    action: 'drain',
    help: 'Have the node finish what runs and take nothing new',
    short: 'drain',
    on: ['fleet'],
  },
  { keys: ['r'], action: 'retry', help: 'Try the instance again', short: 'retry', on: ['instances', 'instance'] },
  { keys: ['o'], action: 'save', help: 'Write its log to a file', short: 'save log', on: ['instances', 'instance'] },
  { keys: ['?'], action: 'help', help: 'This help', short: 'help' },
  { keys: ['q'], action: 'leave', help: '', short: '' },
  { keys: ['ctrl+c'], action: 'interrupt', help: 'Interrupt the run, as without a screen' },
]

export function placeOf(view: View): Place {
  return view.instance === null ? view.screen : 'instance'
}

/** The keys that do something there; what cannot be done is not offered. */
export function offered(place: Place | null, actions: ScreenActions): readonly KeyRow[] {
  return keyRows
    .filter(
      ({ on, action }) => (place === null || on === undefined || on.includes(place)) && isPossible(action, actions),
    )
    .map((row) => (row.action === 'leave' ? { ...row, short: actions.leave.word, help: actions.leave.help } : row))
}

function isPossible(action: Action, actions: ScreenActions): boolean {
  if (action === 'pause' || action === 'drain' || action === 'retry') return actions[action] !== null
  return true
}

export function actionOf(key: string, place: Place, actions: ScreenActions): Action | null {
  return offered(place, actions).find(({ keys }) => keys.includes(key))?.action ?? null
}

/** As it is written for people: `↑`, `ctrl-c`, `space`. */
export function keyLabel(theme: Theme, key: string): string {
  const [up, down, left, right] = theme.glyphs.arrows
  const labels: Readonly<Record<string, string>> = {
    up,
    down,
    left,
    right,
    return: 'enter',
    escape: 'esc',
    ' ': 'space',
  }
  return labels[key] ?? key.replace('+', '-')
}
