import { expect, test } from 'bun:test'
import { pytestRows, warningRows } from '../../../../src/authors/rules/repairs/pytest-rows.ts'
import {
  pluginOfFixture,
  pluginOfIniKey,
  pluginOfMarker,
  pluginOfOption,
} from '../../../../src/authors/rules/tables/pytest-plugins.ts'
import { keyFor, runFailure } from '../support.ts'

const warningOptions = '-Wignore::DeprecationWarning -Wignore::PendingDeprecationWarning -Wdefault::ResourceWarning'

/** On later ones a later pytest is required from the start. */
const onPython39 = { python: { version: '3.9', why: '' } }

const examples: readonly (readonly [string, string])[] = [
  [
    'ERROR: Missing required plugins: pytest-randomly, pytest-mock',
    'pytest-required-plugins: require pytest-randomly, pytest-mock',
  ],
  [
    "ERROR: /testbed/tox.ini:140: requires pytest-7.0, actual pytest-6.2.4'",
    'pytest-minimum-version: require pytest>=7.0',
  ],
  [
    'pytest: error: unrecognized arguments: --cov=demo --cov-report=xml -n auto',
    'pytest-plugin-of-option: require pytest-cov, pytest-xdist',
  ],
  [
    'pytest: error: unrecognized arguments: --nobody-knows',
    'pytest-without-addopts: test with --override-ini=addopts=',
  ],
  ["E       fixture 'mocker' not found", 'pytest-plugin-of-fixture: require pytest-mock'],
  [
    "E   Failed: 'asyncio' not found in `markers` configuration option",
    'pytest-plugin-of-marker: require pytest-asyncio',
  ],
  [
    "E   Failed: 'oddity' not found in `markers` configuration option",
    'pytest-unregistered-marker: test with --override-ini=markers=oddity',
  ],
  ['ERROR: Unknown config option: asyncio_mode', 'pytest-plugin-of-ini-key: require pytest-asyncio'],
  [
    'Failed: async def functions are not natively supported.\nYou need to install a suitable plugin',
    'pytest-async-tests: require pytest-asyncio',
  ],
  ['/opt/conda/envs/testbed/bin/python: No module named pytest', 'pytest-missing: require pytest'],
  ['E   DeprecationWarning: invalid escape sequence \\*', `pytest-warnings-as-errors: test with ${warningOptions}`],
]

for (const [output, key] of examples) {
  test(`${JSON.stringify(output)} is answered by ${key}`, async () => {
    const facts = key.startsWith('pytest-missing') ? { requirements: [], runner: 'unittest' as const } : onPython39
    expect(await keyFor(runFailure(output), { facts })).toBe(key)
  })
}

test('every row has an example', () => {
  const named = new Set(examples.map(([, key]) => key.split(':')[0]))
  expect([...pytestRows, ...warningRows].filter((row) => !named.has(row.name))).toEqual([])
})

for (const [option, plugin] of pluginOfOption) {
  test(`the option ${option} is of ${plugin}`, async () => {
    const key = await keyFor(runFailure(`pytest: error: unrecognized arguments: ${option}`))
    expect(key).toBe(`pytest-plugin-of-option: require ${plugin}`)
  })
}

for (const [fixture, plugin] of Object.entries(pluginOfFixture)) {
  test(`the fixture ${fixture} is of ${plugin}`, async () => {
    const key = await keyFor(runFailure(`fixture '${fixture}' not found`))
    expect(key).toBe(`pytest-plugin-of-fixture: require ${plugin}`)
  })
}

for (const [marker, plugin] of Object.entries(pluginOfMarker)) {
  test(`the marker ${marker} is of ${plugin}`, async () => {
    const key = await keyFor(runFailure(`'${marker}' not found in \`markers\` configuration option`))
    expect(key).toBe(`pytest-plugin-of-marker: require ${plugin}`)
  })
}

for (const [iniKey, plugin] of Object.entries(pluginOfIniKey)) {
  test(`the key ${iniKey} is of ${plugin}`, async () => {
    const key = await keyFor(runFailure(`Unknown config option: ${iniKey}`), { facts: onPython39 })
    expect(key).toBe(`pytest-plugin-of-ini-key: require ${plugin}`)
  })
}
