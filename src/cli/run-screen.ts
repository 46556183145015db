import type { OpenScreen } from '../../tui/open-screen.tsx'
import type { Fleet } from '../control/fleet.ts'
import { getRun } from '../store/runs.ts'
import { openStore } from '../store/store.ts'
import { printable } from '../util/printable.ts'
import { detachedMs } from './run-on-fleet.ts'
import { screenActions, screenSource } from './screen-source.ts'
import { type SharedTerminal, terminalFacts } from './screen-terminal.ts'

export interface RunScreenOptions {
  readonly database: string
  readonly runId: string
  /** The machines of the run are others: it goes on without this process. */
  readonly isFleet: boolean
  /** Called where the screen cannot go on; the run does. */
  readonly onFailure: () => void
}

/** The screen of a run in the process that runs it. */
export interface RunScreen extends AsyncDisposable {
  /** Lets whoever leaves the screen leave the fleet to itself. */
  leadTo(fleet: Fleet): void
}

const leaves = {
  fleet: {
    word: 'detach',
    help: 'Leave; the machines work on, and the same command comes back to them',
    question: null,
  },
  here: {
    word: 'stop',
    help: 'Stop the run; the same command continues it',
    question: 'Stop the run? What runs is given back; the same command continues it.',
  },
} as const

/** Takes the terminal until disposed of, and reads the run through a store of its own. */
export async function openRunScreen(terminal: SharedTerminal, options: RunScreenOptions): Promise<RunScreen> {
  const { database, runId, isFleet, onFailure } = options
  const [{ openScreen }, { themeOf }] = await Promise.all([
    import('../../tui/open-screen.tsx'),
    import('../../tui/theme.ts'),
  ])
  await using undo = new AsyncDisposableStack()
  const store = undo.use(await openStore(database, 'read'))
  const run = getRun(store, runId)
  if (run === undefined) throw new Error(`${database}: run ${runId} is not there`)
  let fleet: Fleet | null = null
  const actions = undo.use(screenActions(store, isFleet ? leaves.fleet : leaves.here))
  undo.defer(() => terminal.giveBack())
  const screen = undo.use(
    openScreen({
      source: screenSource(store, run, Date.now),
      actions,
      theme: themeOf(terminalFacts(terminal)),
      first: isFleet ? 'fleet' : 'instances',
      onInterrupt: interrupt,
      nowMs: Date.now,
    }),
  )
  terminal.take((text) => screen.tell(text.trim()))
  const leave = () => (isFleet && fleet !== null ? fleet.detach(detachedMs) : interrupt())
  const opened = undo.move()
  void followScreen(screen, leave, async (error) => {
    await opened.disposeAsync()
    terminal.err(`the screen failed, and the run continues: ${printable(String(error))}\n`)
    onFailure()
  })
  return {
    leadTo(led) {
      fleet = led
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function followScreen(
  { left }: OpenScreen,
  leave: () => void,
  failed: (error: unknown) => Promise<void>,
): Promise<void> {
  try {
    await left
  } catch (error) {
    await failed(error)
    return
  }
  leave()
}

/** A terminal in raw mode sends no signal for Ctrl-C: this is what it would have sent. */
function interrupt(): void {
  process.kill(process.pid, 'SIGINT')
}
