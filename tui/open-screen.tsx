import { render } from 'ink'
import { App } from './app.tsx'
import { LiveScreen, lookEveryMs, type ScreenOptions } from './live-screen.ts'

/** A screen that has the terminal until it is disposed. */
export interface OpenScreen extends AsyncDisposable {
  /** Resolves once somebody leaves it; rejects where it cannot go on. */
  readonly left: Promise<void>
  /** Says something at its foot, for a while. */
  tell(text: string, isFault?: boolean): void
}

/** A row that a terminal takes for wider than it is must not push the others down. */
const wrapOff = '\u001b[?7l'
const wrapOn = '\u001b[?7h'

/** Keys repeat faster than anything else changes. */
const mostFramesASecond = 15

/** Takes the terminal; both its ends must be one. However the process ends, short of being killed, it is given back. */
export function openScreen(options: ScreenOptions): OpenScreen {
  const screen = new LiveScreen(options)
  const app = render(<App screen={screen} />, {
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: mostFramesASecond,
    onRender: ({ renderTime }) => screen.spent(renderTime),
    interactive: true,
  })
  process.stdout.write(wrapOff)
  const giveBackWrap = () => void process.stdout.write(wrapOn)
  process.on('exit', giveBackWrap)
  // Whatever is said of a crash is said where it can be read.
  const onCrash = () => app.unmount()
  process.prependListener('uncaughtException', onCrash)
  process.prependListener('unhandledRejection', onCrash)
  const exited = app.waitUntilExit()
  exited.catch((error: unknown) => screen.fail(error))
  const timer = setInterval(() => screen.look(), lookEveryMs)
  return {
    left: screen.left,
    tell: (text, isFault) => screen.tell(text, isFault),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      app.unmount()
      await exited.catch(() => undefined)
      giveBackWrap()
      process.off('exit', giveBackWrap)
      process.off('uncaughtException', onCrash)
      process.off('unhandledRejection', onCrash)
    },
  }
}
