import type { TerminalFacts } from '../../tui/theme.ts'
import { environmentVariable } from '../config/process-environment.ts'
import type { Terminal } from './terminal.ts'

/** Whether a screen can be shown: somebody sees it, and can press keys. */
export function canShowScreen(terminal: Terminal): boolean {
  return terminal.isLive && process.stdin.isTTY === true
}

/** What the terminal can show, as its environment says. */
export function terminalFacts(terminal: Terminal): TerminalFacts {
  return { colours: terminal.hasColour ? coloursOf() : 'none', isUnicode: isUnicode() }
}

function coloursOf(): TerminalFacts['colours'] {
  return /^(truecolor|24bit)$/.test(environmentVariable('COLORTERM') ?? '') ? 'full' : 'basic'
}

/** The console of Linux has few glyphs. */
function isUnicode(): boolean {
  const locale = environmentVariable('LC_ALL') ?? environmentVariable('LC_CTYPE') ?? environmentVariable('LANG') ?? ''
  return /utf-?8/i.test(locale) && environmentVariable('TERM') !== 'linux'
}

/** A terminal that something else can take for a while: what is printed meanwhile is told, kept, and printed after. */
export interface SharedTerminal extends Terminal {
  /** Until it is given back, `tell` gets each text for people. */
  take(tell: (text: string) => void): void
  giveBack(): void
}

/** More would be of no use to anybody; the oldest go. */
const keptTexts = 500

export function shareTerminal(terminal: Terminal): SharedTerminal {
  let tell: ((text: string) => void) | null = null
  const kept: (() => void)[] = []
  const later = (print: () => void) => {
    kept.push(print)
    if (kept.length > keptTexts) kept.shift()
  }
  return {
    ...terminal,
    out(text) {
      if (tell === null) terminal.out(text)
      else later(() => terminal.out(text))
    },
    err(text) {
      if (tell === null) {
        terminal.err(text)
        return
      }
      later(() => terminal.err(text))
      tell(text)
    },
    take(teller) {
      tell = teller
    },
    giveBack() {
      tell = null
      for (const print of kept.splice(0)) print()
    },
  }
}
