import type { OpenScreen } from '../../tui/open-screen.tsx'
import type { Fleet } from '../control/fleet.ts'
import { getRun } from '../store/runs.ts'
import { openStore } from '../store/store.ts'
import { printable } from '../util/printable.ts'
import { detachedMs } from './run-on-fleet.ts'
import { screenActions } from './screen-source.ts'
import type { SharedTerminal } from './screen-terminal.ts'
import { interrupt, showScreen } from './show-screen.ts'

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
  await using undo = new AsyncDisposableStack()
  const store = undo.use(await openStore(database, 'read'))
  const run = getRun(store, runId)
  if (run === undefined) throw new Error(`${database}: run ${runId} is not there`)
  let fleet: Fleet | null = null
  const actions = undo.use(screenActions(store, isFleet ? leaves.fleet : leaves.here))
  undo.defer(() => terminal.giveBack())
  const first = isFleet ? 'fleet' : 'instances'
  const screen = undo.use(await showScreen(terminal, { store, run, actions, first }))
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
