import type { Key } from 'ink'

/** The keys that one piece of input stands for, by names such as `up`, `ctrl+c`, `shift+tab` and `a`: what was pasted is many. */
export function keyNames(input: string, key: Key): readonly string[] {
  const special = specialName(key)
  if (special !== null) return [special]
  if (key.ctrl) return [`ctrl+${input}`]
  if (key.meta) return []
  return [...input].map((character) => typed[character] ?? character)
}

/** Keys that come together, as those of somebody who types faster than they are read. */
const typed: Readonly<Record<string, string>> = {
  '\t': 'tab',
  '\r': 'return',
  '\n': 'return',
  '\u0003': 'ctrl+c',
  '\u001b': 'escape',
  '\b': 'backspace',
  '\u007f': 'backspace',
}

const specials = {
  upArrow: 'up',
  downArrow: 'down',
  leftArrow: 'left',
  rightArrow: 'right',
  pageUp: 'pageup',
  pageDown: 'pagedown',
  home: 'home',
  end: 'end',
  return: 'return',
  escape: 'escape',
  backspace: 'backspace',
  // What most terminals send for backspace.
  delete: 'backspace',
} as const satisfies Partial<Record<keyof Key, string>>

function specialName(key: Key): string | null {
  if (key.tab) return key.shift ? 'shift+tab' : 'tab'
  for (const [flag, name] of Object.entries(specials)) if (key[flag as keyof typeof specials]) return name
  return null
}
