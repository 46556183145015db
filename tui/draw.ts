import type { OutcomeCount } from '../src/control/snapshot.ts'
import type { AttemptDetail } from '../src/control/snapshot-detail.ts'
import type { AttemptLine, AttemptPage, RunCosts } from '../src/control/snapshot-reader.ts'
import { fit, oneLine, widthOf } from './cell.ts'
import { footLine, headerLines, helpLines, type RunFacts, screenTabs, tabLine } from './chrome.ts'
import { type Layout, rowLine, titleLine } from './columns.ts'
import { count } from './figures.ts'
import { type FrameSize, filled, isTooSmall, tooSmall } from './frame.ts'
import { placeOf } from './keys.ts'
import { settled } from './list.ts'
import { type Shown, startOf } from './press.ts'
import { costLines } from './screens/cost.ts'
import { failureLayout, failureLines } from './screens/failures.ts'
import { type NodeLine, nodeLayout, nodeLines, nodeOrder, note } from './screens/fleet.ts'
import { factLines } from './screens/instance.ts'
import { attemptOrder, instanceLayout, nameOf } from './screens/instances.ts'
import type { ScreenActions } from './source.ts'
import type { Theme } from './theme.ts'
import { type OpenInstance, screenNames, type TabName, type View } from './view.ts'

/** All that was read for one frame. What a screen does not show is not read. */
export interface Facts extends RunFacts {
  readonly page: AttemptPage | null
  readonly costs: RunCosts | null
  readonly instance: InstanceFacts | null
}

export interface InstanceFacts {
  readonly detail: AttemptDetail | null
  /** The tests, what it prints, or the text that is looked at, as lines of the terminal's width; null where it is the facts. */
  readonly lines: readonly string[] | null
  /** What is to be known of them; empty where that is nothing. */
  readonly note: string
}

export interface Drawing {
  readonly theme: Theme
  readonly size: FrameSize
  readonly view: View
  readonly facts: Facts
  readonly actions: ScreenActions
  readonly notice: { readonly text: string; readonly isFault: boolean } | null
  readonly nowMs: number
}

export interface Frame {
  readonly lines: readonly string[]
  readonly shown: Shown
  /** The view, with every list within its bounds. */
  readonly view: View
}

/** Lines above and below what a screen shows. */
const headLines = 4
const footLines = 1

/** How many rows a list has: one is its titles. */
export function listHeight({ rows }: FrameSize): number {
  return Math.max(1, rows - headLines - footLines - 1)
}

const nothingShown: Shown = {
  size: { count: 0, height: 1 },
  node: null,
  attempt: null,
  ending: null,
  tabs: [],
  top: 0,
  isGoingOn: false,
  hiddenHelp: 0,
}

/** One frame: exactly as many lines as the terminal has rows, none wider than its columns. */
export function draw(drawing: Drawing): Frame {
  const { theme, size, view, facts, actions, notice } = drawing
  if (isTooSmall(size)) return { lines: tooSmall(theme, size), shown: nothingShown, view }
  const body = view.prompt?.kind === 'help' ? helpBody(drawing, view.prompt.top) : bodyOf(drawing)
  const { filter } = view.lists[view.screen]
  const foot = footLine(theme, {
    place: placeOf(view),
    prompt: view.prompt,
    filter,
    notice,
    actions,
    width: size.columns,
  })
  return {
    ...body,
    lines: [
      ...headerLines(theme, facts, size.columns),
      body.tabs,
      body.title ?? '',
      ...filled(body.lines, size.rows - headLines - footLines),
      foot,
    ],
  }
}

interface Body extends Frame {
  readonly tabs: string
  /** What stands below the tabs, where that is anything. */
  readonly title?: string
}

function bodyOf(drawing: Drawing): Body {
  const { view, facts } = drawing
  if (view.instance !== null && facts.instance !== null) return instanceBody(drawing, view.instance, facts.instance)
  switch (view.screen) {
    case 'fleet':
      return fleetBody(drawing)
    case 'instances':
      return instancesBody(drawing)
    case 'failures':
      return failuresBody(drawing)
    case 'cost':
      return costBody(drawing)
  }
}

function tabsWith({ theme, view, size }: Drawing, said: readonly string[]): string {
  const words = said.filter((text) => text !== '').join(`  ${theme.glyphs.dot}  `)
  return tabLine(theme, screenTabs(), screenNames.indexOf(view.screen), words, size.columns)
}

interface Listed<Row> {
  readonly layout: Layout<Row>
  /** Those that were read, the first of which is number `offset`. */
  readonly rows: readonly Row[]
  readonly offset: number
  readonly count: number
  readonly empty: string
  idOf(row: Row): string
}

/** A list with what is selected in sight; the selection stays with its row where others come before it. */
function listBody<Row>(
  drawing: Drawing,
  listed: Listed<Row>,
): Pick<Frame, 'lines' | 'view'> & { selected: Row | null } {
  const { theme, view, size } = drawing
  const { layout, rows, offset, idOf } = listed
  const height = listHeight(size)
  const list = view.lists[view.screen]
  const found = list.id === null ? -1 : rows.findIndex((row) => idOf(row) === list.id)
  const place = settled(
    { ...list, selected: found === -1 ? list.selected : offset + found },
    { count: listed.count, height },
  )
  const selected = rows[place.selected - offset] ?? null
  const changed = { ...list, ...place, id: selected === null ? list.id : idOf(selected) }
  const lines = rows
    .slice(Math.max(0, place.top - offset), place.top - offset + height)
    .map((row) => rowLine(theme, layout, row, row === selected))
  return {
    lines: [titleLine(theme, layout), ...(lines.length === 0 ? [theme.style('faint', ` ${listed.empty}`)] : lines)],
    view: { ...view, lists: { ...view.lists, [view.screen]: changed } },
    selected,
  }
}

function filterWords(drawing: Drawing): string {
  const { filter } = drawing.view.lists[drawing.view.screen]
  return filter === '' ? '' : `/${oneLine(drawing.theme, filter)}`
}

function fleetBody(drawing: Drawing): Body {
  const { theme, view, size, facts, nowMs } = drawing
  const list = view.lists.fleet
  const rows = nodeLines(facts.snapshot, list)
  const layout = nodeLayout(theme, { snapshot: facts.snapshot, rows, width: size.columns, nowMs })
  const empty = facts.snapshot.nodes.length === 0 ? 'No node has been heard of yet.' : 'No node is like that.'
  const idOf = ({ node }: NodeLine) => node
  const body = listBody(drawing, { layout, rows, offset: 0, count: rows.length, empty, idOf })
  const isNoted = layout.columns.some(({ title }) => title === 'NOTE')
  const said = isNoted || body.selected === null ? '' : note(theme, body.selected)
  const shown = {
    ...nothingShown,
    size: { count: rows.length, height: listHeight(size) },
    node: body.selected?.node ?? null,
  }
  return { ...body, shown, tabs: tabsWith(drawing, [said, filterWords(drawing), `by ${nodeOrder(list).name}`]) }
}

function instancesBody(drawing: Drawing): Body {
  const { theme, view, size, facts, nowMs } = drawing
  const page = facts.page ?? { count: 0, offset: 0, lines: [] }
  const layout = instanceLayout(theme, { ...facts.snapshot, width: size.columns, nowMs })
  const idOf = ({ attempt_id }: AttemptLine) => String(attempt_id)
  const empty = 'No instance is like that.'
  const body = listBody(drawing, { layout, rows: page.lines, offset: page.offset, count: page.count, empty, idOf })
  const ending = view.ending === null ? '' : [view.ending.outcome, view.ending.reason ?? ''].join(' ').trim()
  const said = [ending, filterWords(drawing), `${count(page.count)} by ${attemptOrder(view.lists.instances)}`]
  const shown = {
    ...nothingShown,
    size: { count: page.count, height: listHeight(size) },
    attempt: shownAttempt(body.selected),
  }
  return { ...body, shown, tabs: tabsWith(drawing, said) }
}

function shownAttempt(line: AttemptLine | null): Shown['attempt'] {
  return line && { attemptId: line.attempt_id, instanceId: line.instance_id }
}

function failuresBody(drawing: Drawing): Body {
  const { theme, size, facts } = drawing
  const rows = failureLines(facts.snapshot)
  const layout = failureLayout(theme, facts.snapshot, size.columns)
  const idOf = ({ outcome, reason }: OutcomeCount) => `${outcome} ${reason}`
  const body = listBody(drawing, { layout, rows, offset: 0, count: rows.length, empty: 'Nothing failed so far.', idOf })
  const { selected } = body
  const ending = selected && ({ outcome: selected.outcome, reason: selected.reason } as Shown['ending'])
  const shown = { ...nothingShown, size: { count: rows.length, height: listHeight(size) }, ending }
  return { ...body, shown, tabs: tabsWith(drawing, []) }
}

function costBody(drawing: Drawing): Body {
  const { theme, view, size, facts } = drawing
  const all = facts.costs === null ? [] : costLines(theme, { ...facts, costs: facts.costs, width: size.columns })
  const height = size.rows - headLines - footLines
  const place = settled(
    { selected: view.lists.cost.top, top: view.lists.cost.top },
    { count: Math.max(1, all.length - height + 1), height: 1 },
  )
  return {
    lines: all.slice(place.top, place.top + height),
    view: { ...view, lists: { ...view.lists, cost: { ...view.lists.cost, ...place } } },
    shown: { ...nothingShown, size: { count: Math.max(1, all.length - height + 1), height: 1 } },
    tabs: tabsWith(drawing, []),
  }
}

const isRunning = (detail: AttemptDetail | null) => detail?.line.state === 'running'

/** What was printed last stays for who reads it, though it prints no more; who follows it is led to what came of it. */
function tabsOf(detail: AttemptDetail | null, { tab, top }: OpenInstance): readonly TabName[] {
  const live = isRunning(detail) || (tab === 'live' && top !== 'end') ? (['live'] as const) : []
  const tests = detail?.line.kind === 'rollout' ? [] : (['tests'] as const)
  return ['facts', ...live, ...tests, ...(detail?.documents ?? [])]
}

/** The tab that is looked at; of one that is no more, what comes first. */
export function tabOf(detail: AttemptDetail | null, instance: OpenInstance): TabName {
  return tabsOf(detail, instance).find((name) => name === instance.tab) ?? 'facts'
}

function instanceBody(drawing: Drawing, instance: OpenInstance, { detail, lines, note }: InstanceFacts): Body {
  const { theme, view, size, nowMs } = drawing
  const names = tabsOf(detail, instance)
  const tab = tabOf(detail, instance)
  const wanted = tab === instance.tab ? instance.top : startOf(tab)
  const all = lines ?? (detail === null ? [] : factLines(theme, detail, size.columns, nowMs))
  const height = size.rows - headLines - footLines
  const last = Math.max(0, all.length - height)
  const top = wanted === 'end' ? last : Math.min(wanted, last)
  const name = detail === null ? '' : oneLine(theme, nameOf(detail.line))
  const place = all.length <= height ? '' : `${count(Math.min(top + height, all.length))}/${count(all.length)}`
  return {
    lines: all.slice(top, top + height),
    view: { ...view, instance: { ...instance, tab, top: wanted === 'end' ? 'end' : top } },
    shown: {
      ...nothingShown,
      size: { count: all.length, height },
      attempt: shownAttempt(detail?.line ?? null),
      tabs: names,
      top,
      isGoingOn: isRunning(detail),
    },
    tabs: tabLine(theme, names, names.indexOf(tab), place, size.columns),
    title: titleOf(theme, name, note, size.columns),
  }
}

function titleOf(theme: Theme, name: string, note: string, width: number): string {
  const noteWidth = note === '' ? 0 : widthOf(note) + 3
  const shown = fit(theme, name, Math.min(widthOf(name), width - 1 - noteWidth))
  return note === '' ? ` ${shown}` : ` ${shown}   ${theme.style('faint', note)}`
}

function helpBody(drawing: Drawing, top: number): Body {
  const { theme, size, view, actions } = drawing
  const all = helpLines(theme, actions, size.columns)
  const height = size.rows - headLines - footLines
  return {
    lines: all.slice(top, top + height),
    view,
    shown: { ...nothingShown, hiddenHelp: Math.max(0, all.length - height) },
    tabs: tabsWith(drawing, []),
  }
}
