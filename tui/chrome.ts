import type { Snapshot } from '../src/control/snapshot.ts'
import type { SnapshotReader } from '../src/control/snapshot-reader.ts'
import { formatUsd } from '../src/domain/budget.ts'
import { counted } from '../src/util/counted.ts'
import { bar, fit, oneLine, widthOf } from './cell.ts'
import { age, count, percent, perHour, roughly } from './figures.ts'
import { joined } from './frame.ts'
import { type KeyRow, keyLabel, offered, type Place } from './keys.ts'
import type { Attendance, ScreenActions } from './source.ts'
import type { Style, Theme } from './theme.ts'
import { type Prompt, type ScreenName, screenNames } from './view.ts'

export interface RunFacts {
  readonly snapshot: Snapshot
  readonly state: ReturnType<SnapshotReader['state']>
  readonly attendance: Attendance
}

type Part = readonly [text: string, drawn: string]

/** How far the run is: two lines, on every screen. */
export function headerLines(
  theme: Theme,
  { snapshot: now, state, attendance }: RunFacts,
  width: number,
): readonly string[] {
  const part = (text: string, style: Style = 'plain'): Part => [text, theme.style(style, text)]
  const done = now.total - now.queued - now.running
  const barWidth = Math.max(10, Math.min(40, width - 66))
  const progress = bar(theme, now.total === 0 ? 0 : done / now.total, barWidth)
  const [good, graded, word] =
    now.kind === 'synthesis'
      ? ([now.accepted, done - now.faulted, 'accepted'] as const)
      : ([now.resolved, now.resolved + now.unresolved, 'resolved'] as const)
  const standing = state === 'running' ? attendance : state
  const first = joined(
    [
      part('openswe', 'strong'),
      [' '.repeat(barWidth), progress],
      part(`${count(done)}/${count(now.total)}`, 'strong'),
      ...(graded === 0 ? [] : [part(`${percent(good, graded)} ${word}`)]),
      ...(now.settledInRun === 0 ? [] : [part(`${perHour(now.settledInRun, now.elapsedMs)}/h`)]),
      ...timeLeft(theme, now, standing).map((text) => part(text)),
    ],
    width,
    '  ',
  )
  const second = joined(
    [
      ...(standing === 'attended' ? [] : [part(standing, 'strong')]),
      part(`${age(now.elapsedMs)}`),
      part(`${count(now.running)} running`),
      ...(now.faulted === 0 ? [] : [part(`${count(now.faulted)} faulted`, 'fault')]),
      ...(now.spentUsd === null ? [] : [part(formatUsd(now.spentUsd))]),
      ...(now.nodes.length === 0 ? [] : [nodesPart(theme, now)]),
      part(`${count(now.queued)} queued`, 'faint'),
      part(`run ${oneLine(theme, now.run_id.slice(0, 8))}`, 'faint'),
    ],
    width,
  )
  return [first, second]
}

function nodesPart(theme: Theme, { nodes }: Snapshot): Part {
  const up = nodes.filter(({ state }) => state === 'up' || state === 'draining').length
  const text = `${up}/${counted(nodes.length, 'node')} up`
  return [text, theme.style(up < nodes.length ? 'strong' : 'plain', text)]
}

function timeLeft(theme: Theme, { remainingMs, remainingErrorMs }: Snapshot, standing: string): string[] {
  if (remainingMs === null || remainingErrorMs === null || standing !== 'attended' || remainingMs === 0) return []
  return [`${roughly(remainingMs)} ${theme.glyphs.plusMinus} ${roughly(remainingErrorMs)} left`]
}

const titles: Readonly<Record<ScreenName, string>> = {
  fleet: 'Fleet',
  instances: 'Instances',
  failures: 'Failures',
  cost: 'Cost',
}

const leastSaid = 12

/** The screens by name, and to the right what is said of the one that is shown. Those before it make room where it does not fit. */
export function tabLine(theme: Theme, names: readonly string[], current: number, said: string, width: number): string {
  const tabs = names.map((name, index) => {
    const text = ` ${name} `
    return [text, index === current ? theme.style('selected', text) : theme.style('faint', text)] as const
  })
  const cells = (from: number) => tabs.slice(from, current + 1).reduce((sum, [text]) => sum + 1 + widthOf(text), 0)
  const first = tabs.findIndex((_, from) => cells(from) <= width)
  const left = joined(tabs.slice(first), width, ' ')
  const space = width - widthOf(Bun.stripANSI(left)) - 1
  const room = Math.min(space - 2, widthOf(said))
  // Less of it would say something else.
  const right = room === widthOf(said) || room >= leastSaid ? fit(theme, said, room) : ''
  return `${left}${' '.repeat(Math.max(0, space - widthOf(right)))}${theme.style('faint', right)}`
}

export function screenTabs(): readonly string[] {
  return screenNames.map((name) => titles[name])
}

export interface Foot {
  readonly place: Place
  readonly prompt: Prompt | null
  readonly filter: string
  /** What came of the last key, or what the run says; null where that is nothing. */
  readonly notice: { readonly text: string; readonly isFault: boolean } | null
  readonly actions: ScreenActions
  readonly width: number
}

/** The line at the foot: a question, what is typed, what there is to say, or the keys. */
export function footLine(theme: Theme, { place, prompt, filter, notice, actions, width }: Foot): string {
  const line = (text: string, style: Style) => theme.style(style, fit(theme, ` ${text}`, width).trimEnd())
  if (prompt?.kind === 'confirm') {
    const question = oneLine(theme, prompt.question)
    return line(`${fit(theme, question, Math.min(widthOf(question), width - 8))}  y / n`, 'strong')
  }
  if (prompt?.kind === 'filter') {
    return joined(
      [
        [
          `/${filter}${theme.glyphs.caret}`,
          `${theme.style('accent', '/')}${oneLine(theme, filter)}${theme.glyphs.caret}`,
        ],
        ['enter keeps it, esc drops it', theme.style('faint', 'enter keeps it, esc drops it')],
      ],
      width,
    )
  }
  if (notice !== null) return line(oneLine(theme, notice.text), notice.isFault ? 'fault' : 'accent')
  return keyLine(theme, offered(place, actions), width)
}

/** The keys, as many as fit; those that lead out are always there, to the right. */
function keyLine(theme: Theme, rows: readonly KeyRow[], width: number): string {
  const hintOf = ({ keys: [key = ''], short = '' }: KeyRow) => {
    const label = keyLabel(theme, key)
    return [`${label} ${short}`, `${theme.style('accent', label)} ${theme.style('faint', short)}`] as const
  }
  const hints = rows.filter(({ short }) => short !== undefined)
  const right = joined(hints.filter(({ action }) => isWayOut(action)).map(hintOf), width, '  ')
  const rightWidth = widthOf(Bun.stripANSI(right)) + 1
  const left = joined(hints.filter(({ action }) => !isWayOut(action)).map(hintOf), width - rightWidth - 1, '  ')
  return left + ' '.repeat(Math.max(0, width - rightWidth - widthOf(Bun.stripANSI(left)))) + right
}

const isWayOut = (action: KeyRow['action']) => action === 'help' || action === 'leave'

const labelWidth = 20

/** The help: the key table itself. */
export function helpLines(theme: Theme, actions: ScreenActions, width: number): readonly string[] {
  const helpWidth = Math.min(66, width - labelWidth - 2)
  const whereWidth = width - labelWidth - helpWidth - 2
  const rows = offered(null, actions).map(({ keys, help, on }) => {
    const labels = keys.map((key) => keyLabel(theme, key)).join('  ')
    const where = fit(theme, on?.join(', ') ?? '', whereWidth).trimEnd()
    return ` ${theme.style('accent', fit(theme, labels, labelWidth))}${fit(theme, help, helpWidth)} ${theme.style('faint', where)}`.trimEnd()
  })
  return [` ${theme.style('strong', 'Keys')}`, '', ...rows]
}
