import { pluginOfOption } from './tables/pytest-plugins.ts'

/** The plugin that adds a command-line option, or undefined where pytest itself or nobody does. */
export function pluginOf(option: string): string | undefined {
  return pluginOfOption.find(([start]) => (start.startsWith('--') ? option.startsWith(start) : option === start))?.[1]
}
