import { expect, test } from 'bun:test'
import { distributionOf } from '../../../../src/authors/rules/distribution-of-module.ts'
import { libraryRows } from '../../../../src/authors/rules/repairs/library-rows.ts'
import { distributionOfDottedModule, distributionOfModule } from '../../../../src/authors/rules/tables/import-names.ts'
import { keyFor, runFailure } from '../support.ts'

const traceback = `
  File "/opt/conda/envs/testbed/lib/python3.9/site-packages/hypothesis/internal/compat.py", line 409, in update
    return type(code)(*unpacked)
ValueError: it broke`

const examples: readonly (readonly [string, string])[] = [
  [
    "E   ModuleNotFoundError: No module named 'yaml'\nE   ImportError: No module named bs4",
    'missing-module: require pyyaml, beautifulsoup4',
  ],
  ['ImportError: Error importing plugin "pytest_cov": nothing', 'missing-module: require pytest-cov'],
  [
    "ModuleNotFoundError: No module named 'demo'",
    'own-module-not-on-path: set PYTHONPATH=/testbed:/testbed/src:/testbed/lib',
  ],
  [traceback, 'library-older-than-python: take hypothesis as of 2024-05-31'],
  [
    "ImportError: cannot import name 'Novelty' from 'click.core' (/x/click/core.py)",
    'name-missing-in-library: take click as of 2024-05-31',
  ],
  [
    "SKIPPED [1] tests/test_a.py:3: could not import 'dateutil': No module named 'dateutil'",
    'skipped-for-module: require python-dateutil',
  ],
  [
    'INTERNALERROR> Traceback (most recent call last):',
    'pytest-internal-error: take pytest, pluggy, attrs, py as of 2024-05-31',
  ],
]

for (const [output, key] of examples) {
  test(`${JSON.stringify(output)} is answered by ${key}`, async () => {
    expect(await keyFor(runFailure(output))).toBe(key)
  })
}

test('every row that is not from a table has an example', () => {
  const named = new Set(examples.map(([, key]) => key.split(':')[0]))
  const rows = libraryRows.filter((row) => !/^(?:bound|python)-/.test(row.name))
  expect(rows.filter((row) => !named.has(row.name))).toEqual([])
})

test('never looks for what the gold patch adds, for the project itself or for the standard library', async () => {
  const output = "ModuleNotFoundError: No module named 'novel'\nModuleNotFoundError: No module named 'tests.helpers'"
  expect(await keyFor(runFailure(output), { addedModules: ['novel.core'] })).toBe('give-up')
  expect(await keyFor(runFailure("ModuleNotFoundError: No module named 'sqlite3'"))).toBe('give-up')
})

test('lifts the date of a library step by step, and not beyond', async () => {
  const output = "ImportError: cannot import name 'Novelty' from 'click'"
  const later = { kind: 'package-date', packages: ['click'], date: '2024-05-31' }
  const any = { kind: 'package-date', packages: ['click'], date: 'false' }
  const first = { key: 'name-missing-in-library: take click as of 2024-05-31', text: '', repair: later }
  const second = { key: 'name-missing-in-library: take click of any date', text: '', repair: any }
  expect(await keyFor(runFailure(output), { guidance: [first] })).toBe(second.key)
  expect(await keyFor(runFailure(output), { guidance: [first, second] })).toBe('give-up')
})

for (const [module, distribution] of Object.entries({ ...distributionOfModule, ...distributionOfDottedModule })) {
  test(`${module} is imported from ${distribution}`, () => {
    expect(distributionOf(`${module}.inner`)).toBe(distribution)
  })
}

test('a module of no table is looked for under its own name', () => {
  expect(distributionOf('some_module.part')).toBe('some-module')
})
