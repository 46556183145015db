import type { Key } from 'ink'

/** The keys that one piece of input stands for, by names such as `up`, `ctrl+c`, `shift+tab` and `a`: what was pasted is many. */
export function keyNames(input: string, key: Key): readonly string[] {
  const special = specialName(key)
  if (special !== null) return [special]
  if (key.ctrl) return [`ctrl+${input}`]
  if (key.meta) return []
  return [...input].map((character) => (character === '\r' || character === '\n' ? 'return' : character))
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
