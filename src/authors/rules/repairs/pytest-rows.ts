import { pluginOf } from '../plugin-of-option.ts'
import { pluginOfFixture, pluginOfIniKey, pluginOfMarker } from '../tables/pytest-plugins.ts'
import { captures, type RepairRow, requireAll } from './repair-row.ts'

const unknownOptions = /error: unrecognized arguments: ([^\n]+)/g

/** What pytest says when a plugin, an option or a version of its own is missing. */
export const pytestRows: readonly RepairRow[] = [
  {
    name: 'pytest-required-plugins',
    why: 'the configuration requires these plugins',
    from: ['run'],
    sees: /Missing required plugins: ([^\n]+)/g,
    change: (matches) => requireAll(captures(matches).flatMap((list) => list.split(',').map((name) => name.trim()))),
  },
  {
    name: 'pytest-minimum-version',
    why: 'the configuration wants a later pytest',
    from: ['run'],
    sees: /requires pytest-([\d.]+), actual pytest-/g,
    change: (matches) => requireAll(captures(matches).map((version) => `pytest>=${version}`)),
  },
  {
    name: 'pytest-plugin-of-option',
    why: 'the configuration passes an option of this plugin',
    from: ['run'],
    sees: unknownOptions,
    change: (matches) => requireAll(optionsIn(matches).map(pluginOf)),
  },
  {
    name: 'pytest-without-addopts',
    why: 'the configuration passes options that nothing here knows',
    from: ['run'],
    sees: unknownOptions,
    change: () => ({ kind: 'test-options', options: ['--override-ini=addopts='] }),
  },
  {
    name: 'pytest-plugin-of-fixture',
    why: 'tests ask for a fixture of this plugin',
    from: ['run'],
    sees: /fixture '(\w+)' not found/g,
    change: (matches) => requireAll(captures(matches).map((fixture) => pluginOfFixture[fixture])),
  },
  {
    name: 'pytest-plugin-of-marker',
    why: 'tests carry a marker of this plugin',
    from: ['run'],
    sees: /'(\w+)' not found in `markers` configuration option|'(\w+)' (?:is )?not a registered marker|Unknown pytest\.mark\.(\w+)/g,
    change: (matches) => requireAll(captures(matches).map((marker) => pluginOfMarker[marker])),
  },
  {
    name: 'pytest-unregistered-marker',
    why: 'markers that nothing registers are an error here',
    from: ['run'],
    sees: /'(\w+)' not found in `markers` configuration option/g,
    change: (matches) => ({
      kind: 'test-options',
      options: captures(matches).map((marker) => `--override-ini=markers=${marker}`),
    }),
  },
  {
    name: 'pytest-plugin-of-ini-key',
    why: 'the configuration sets a key of this plugin',
    from: ['run'],
    sees: /Unknown config (?:option|ini key)s?: '?([\w-]+)/g,
    change: (matches) => requireAll(captures(matches).map((key) => pluginOfIniKey[key])),
  },
  {
    name: 'pytest-async-tests',
    why: 'tests are coroutines',
    from: ['run'],
    sees: /async def functions? (?:are|is) not natively supported|You need to install a suitable plugin for your async framework/g,
    change: () => ({ kind: 'require', requirements: ['pytest-asyncio'] }),
  },
  {
    name: 'pytest-missing',
    why: 'the test command needs it',
    from: ['run'],
    sees: /: No module named pytest$/gm,
    change: () => ({ kind: 'require', requirements: ['pytest'] }),
  },
]

/** Tried after everything that removes the cause of a warning. */
export const warningRows: readonly RepairRow[] = [
  {
    name: 'pytest-warnings-as-errors',
    why: 'warnings of a later Python or library are errors here',
    from: ['run'],
    sees: /^E\s+(?:[\w.]*\.)?(?:DeprecationWarning|PendingDeprecationWarning|FutureWarning|SyntaxWarning|ImportWarning|ResourceWarning|PytestUnraisableExceptionWarning|EncodingWarning)\b/gm,
    change: () => ({
      kind: 'test-options',
      options: ['-Wignore::DeprecationWarning', '-Wignore::PendingDeprecationWarning', '-Wdefault::ResourceWarning'],
    }),
  },
]

function optionsIn(matches: readonly RegExpExecArray[]): string[] {
  return captures(matches).flatMap((text) => text.split(/\s+/).filter((word) => word.startsWith('-')))
}
