import type { DocumentKind } from '../src/control/snapshot-detail.ts'
import type { AttemptQuery } from '../src/control/snapshot-reader.ts'
import { type ListPlace, listStart } from './list.ts'

export const screenNames = ['fleet', 'instances', 'failures', 'cost'] as const

export type ScreenName = (typeof screenNames)[number]

export type Ending = NonNullable<AttemptQuery['ending']>

export interface ListView extends ListPlace {
  /** What is selected, by its name: it stays so where others come before it. */
  readonly id: string | null
  readonly filter: string
  /** Which of the screen's orders, counted on without end. */
  readonly order: number
}

/** What is asked of whoever sits there. */
export type Prompt =
  | { readonly kind: 'filter'; readonly before: string }
  | { readonly kind: 'confirm'; readonly question: string; readonly effect: Effect }
  | { readonly kind: 'help'; readonly top: number }

/** What the screen cannot do by itself. */
export type Effect =
  | { readonly kind: 'pause'; readonly isPaused: boolean }
  | { readonly kind: 'drain'; readonly node: string }
  | { readonly kind: 'retry'; readonly instanceId: string }
  | { readonly kind: 'save'; readonly attemptId: number }
  | { readonly kind: 'leave' }
  /** As Ctrl-C where no screen is. */
  | { readonly kind: 'interrupt' }

/** What an instance is looked at by: two tables, what it prints now, and the texts it left. */
export type TabName = 'facts' | 'live' | 'tests' | DocumentKind

/** One instance that is looked into. */
export interface OpenInstance {
  readonly attemptId: number
  readonly tab: TabName
  /** The first line that is shown, or the end, whatever is added there. */
  readonly top: number | 'end'
}

/** Where somebody is: all that keys change. */
export interface View {
  readonly screen: ScreenName
  readonly lists: Readonly<Record<ScreenName, ListView>>
  /** The instances shown are those that ended so. */
  readonly ending: Ending | null
  readonly instance: OpenInstance | null
  readonly prompt: Prompt | null
}

const list: ListView = { ...listStart, id: null, filter: '', order: 0 }

export function firstView(screen: ScreenName): View {
  const lists = { fleet: list, instances: list, failures: list, cost: list }
  return { screen, lists, ending: null, instance: null, prompt: null }
}

export function withList(view: View, change: Partial<ListView>): View {
  return { ...view, lists: { ...view.lists, [view.screen]: { ...view.lists[view.screen], ...change } } }
}
