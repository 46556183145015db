import { Text, useInput, useWindowSize } from 'ink'
import { useSyncExternalStore } from 'react'
import { keyNames } from './key-name.ts'
import type { LiveScreen } from './live-screen.ts'

/** A frame as it is, and the keys: all of Ink that a screen meets. One text is drawn faster than a box for each cell. */
export function App({ screen }: { readonly screen: LiveScreen }) {
  const { columns, rows } = useWindowSize()
  useSyncExternalStore(screen.subscribe, screen.version)
  useInput((input, key) => {
    screen.press(...keyNames(input, key))
  })
  return <Text wrap="truncate">{screen.lines({ columns, rows }).join('\n')}</Text>
}
