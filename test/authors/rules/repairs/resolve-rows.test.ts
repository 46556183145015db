import { expect, test } from 'bun:test'
import type { IterationResult } from '../../../../src/authors/author.ts'
import { resolveRows } from '../../../../src/authors/rules/repairs/resolve-rows.ts'
import { buildFailure, type KeyOptions, keyFor } from '../support.ts'

const failedBuild = 'error: Failed to build `numpy==1.15.0`\n  cause: The build backend returned an error'
const younger = {
  key: 'source-build-of-younger: take numpy as of 2024-05-31',
  text: '',
  repair: { kind: 'package-date', packages: ['numpy'], date: '2024-05-31' },
}
const youngest = {
  key: 'source-build-of-younger: take numpy of any date',
  text: '',
  repair: { kind: 'package-date', packages: ['numpy'], date: 'false' },
}
const unpinned = {
  key: 'source-build-unpinned: take any version of numpy',
  text: '',
  repair: { kind: 'override', requirements: ['numpy'] },
}

const examples: readonly (readonly [string, string, KeyOptions?])[] = [
  [
    'warning: `six-1.16.0-py2.py3-none-any.whl` is missing an upload date, but user provided: 2022-01-02T00:00:00Z',
    'index-without-upload-times: take packages of any date',
  ],
  [
    'Because the current Python version (3.11.2) does not satisfy Python>=3.13 and demo==0.0.0 depends on Python>=3.13',
    'python-for-project: use Python 3.13',
  ],
  [
    'Because the current Python version (3.11.2) does not satisfy Python>=3.12 and numpy==2.9.0 depends on Python>=3.12',
    'package-needs-other-python: take any version of numpy',
  ],
  [
    'hint: `numpy` was filtered by `exclude-newer` to only include packages uploaded before 2012-01-02T00:00:00Z.',
    'package-younger-than-date: take numpy as of 2024-05-31',
  ],
  [
    'Because demo-plugin-xyz was not found in the package registry and you require demo-plugin-xyz',
    'package-not-in-index: leave out demo-plugin-xyz',
  ],
  [
    'error: No solution found when resolving dependencies\n  cause: Because flask==2.0.0 depends on werkzeug>=2.0 and you require werkzeug<1',
    'requirements-conflict: take any version of werkzeug',
    { facts: { requirements: ['werkzeug<1'] } },
  ],
  [failedBuild, younger.key],
  [failedBuild, youngest.key, { guidance: [younger] }],
  [failedBuild, unpinned.key, { guidance: [younger, youngest] }],
  [failedBuild, 'source-build-left-out: leave out numpy', { guidance: [younger, youngest, unpinned] }],
  ['error: No solution found when resolving dependencies', 'any-date: take packages of any date'],
]

for (const [log, key, options] of examples) {
  const after = options?.guidance === undefined ? '' : ` after ${options.guidance.length} other repairs`
  test(`${JSON.stringify(log)} is answered${after} by ${key}`, async () => {
    expect(await keyFor(buildFailure(log), options)).toBe(key)
  })
}

test('every row has an example', () => {
  const named = new Set(examples.map(([, key]) => key.split(':')[0]))
  expect(resolveRows.filter((row) => !named.has(row.name))).toEqual([])
})

test('what the project needs to run is never left out', async () => {
  const facts = { runtimeRequirements: ['numpy'], requirements: [] }
  const guidance = [younger, youngest, unpinned]
  expect(await keyFor(buildFailure(failedBuild), { facts, guidance })).not.toContain('leave out')
})

test('a build that takes too long is blamed on what was still being built', async () => {
  const log = 'Resolved\n   Building scipy==1.2.0\n   Building attrs==19.1.0\n      Built attrs==19.1.0\n'
  const result: IterationResult = { kind: 'build-timed-out', afterMs: 1000, log }
  expect(await keyFor(result)).toBe('source-build-of-younger: take scipy as of 2024-05-31')
})
