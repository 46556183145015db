import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { screenSource } from '../../src/cli/screen-source.ts'
import { latestRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { LiveScreen, type ScreenOptions } from '../../tui/live-screen.ts'
import type { ScreenActions } from '../../tui/source.ts'
import { themeOf } from '../../tui/theme.ts'

/** A database that one writes and a screen reads, as two processes would. */
export interface ScreenDatabase extends AsyncDisposable {
  readonly path: string
  readonly writer: Store
  readonly reader: Store
}

/** `write` writes a run into it; what it returns is of no use here. */
export async function screenDatabase(write: (store: Store) => unknown): Promise<ScreenDatabase> {
  await using undo = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'openswe-screen-'))
  undo.defer(() => rm(dir, { recursive: true }))
  const path = join(dir, 'openswe.db')
  const writer = undo.use(await openStore(path, 'write'))
  write(writer)
  const reader = undo.use(await openStore(path, 'read'))
  const opened = undo.move()
  return { path, writer, reader, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

export const nothingPossible: ScreenActions = {
  pause: null,
  drain: null,
  retry: null,
  tail: () => Promise.resolve(null),
  saveLog: () => Promise.resolve('written'),
  attendance: () => 'attended',
  leave: { word: 'quit', help: 'Quit', question: null },
}

export const plainTheme = themeOf({ colours: 'none', isUnicode: true })

/** A screen over the latest run, at a time of its own. */
export function liveScreen(reader: Store, options: Partial<ScreenOptions> = {}): LiveScreen {
  const run = latestRun(reader)
  if (run === undefined) throw new Error('no run')
  const nowMs = options.nowMs ?? (() => run.started_at_ms + 60_000)
  return new LiveScreen({
    source: screenSource(reader, run, nowMs),
    actions: nothingPossible,
    theme: plainTheme,
    first: 'fleet',
    onInterrupt: () => undefined,
    nowMs,
    ...options,
  })
}

/** What a terminal shows of it, without colours and without spaces at the ends of lines. */
export function shownOn(screen: LiveScreen, columns = 80, rows = 24): readonly string[] {
  const lines = screen.lines({ columns, rows }).map((line) => Bun.stripANSI(line).trimEnd())
  const wide = lines.find((line) => Bun.stringWidth(line) > columns)
  if (wide !== undefined) throw new Error(`wider than ${columns} cells: ${wide}`)
  return lines
}
