import type { OpenScreen } from '../../tui/open-screen.tsx'
import type { ScreenActions } from '../../tui/source.ts'
import type { ScreenName } from '../../tui/view.ts'
import type { RunRow } from '../store/runs.ts'
import type { Store } from '../store/store.ts'
import { screenSource } from './screen-source.ts'
import { terminalFacts } from './screen-terminal.ts'
import type { Terminal } from './terminal.ts'

export interface ShownRun {
  readonly store: Store
  readonly run: RunRow
  readonly actions: ScreenActions
  readonly first: ScreenName
}

/** Takes the terminal for the screen of a run until that is disposed of. What draws it is loaded only now. */
export async function showScreen(terminal: Terminal, { store, run, actions, first }: ShownRun): Promise<OpenScreen> {
  const [{ openScreen }, { themeOf }] = await Promise.all([
    import('../../tui/open-screen.tsx'),
    import('../../tui/theme.ts'),
  ])
  return openScreen({
    source: screenSource(store, run, Date.now),
    actions,
    theme: themeOf(terminalFacts(terminal)),
    first,
    onInterrupt: interrupt,
    nowMs: Date.now,
  })
}

/** A terminal in raw mode sends no signal for Ctrl-C: this is what it would have sent. */
export function interrupt(): void {
  process.kill(process.pid, 'SIGINT')
}
