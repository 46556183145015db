import { expect, test } from 'bun:test'
import { choosePython, type PythonEvidence, satisfiesPython } from '../../../src/authors/rules/python-version.ts'

const atHand = ['3.13', '3.9', '3.11']
const evidence: PythonEvidence = { requires: '', declared: [], pinned: null, date: '2023-06-01T00:00:00Z' }

const choices: readonly (readonly [string, Partial<PythonEvidence>, string])[] = [
  ['the newest that the project declares and that was released', { declared: ['3.7', '3.11', '3.12'] }, '3.11'],
  ['nothing newer than what is declared', { declared: ['3.8', '3.10'] }, '3.9'],
  ['the oldest at hand where the commit is older than all of them', { date: '2016-07-15T00:00:00Z' }, '3.9'],
  ['nothing that was released only weeks before, unless it is declared', { date: '2023-01-01T00:00:00Z' }, '3.9'],
  ['what was just released where it is declared', { date: '2022-11-15T00:00:00Z', declared: ['3.11'] }, '3.11'],
  ['what is required, though it is newer than the date', { requires: '>=3.11', date: '2020-01-01T00:00:00Z' }, '3.11'],
  ['nothing beyond an upper bound', { requires: '>=3.7,<3.11' }, '3.9'],
  ['the pinned version', { pinned: '3.9.13\n', declared: ['3.11'] }, '3.9'],
  ['no pinned version that is not allowed', { pinned: '3.9', requires: '>=3.10', declared: ['3.11'] }, '3.11'],
  ['the oldest where nothing at hand satisfies what is required', { requires: '<3' }, '3.9'],
  ['poetry carets', { requires: '^3.7', declared: ['3.11'] }, '3.11'],
]

for (const [what, more, version] of choices) {
  test(`chooses ${what}`, () => {
    expect(choosePython({ ...evidence, ...more }, atHand)?.version).toBe(version)
  })
}

test('chooses nothing where no Python is at hand', () => {
  expect(choosePython(evidence, [])).toBeNull()
})

const clauses: readonly (readonly [string, string, boolean])[] = [
  ['3.9', '>=3.9.2', true],
  ['3.9', '>3.9', false],
  ['3.9', '<3.9', false],
  ['3.9', '<3.9.5', true],
  ['3.9', '<=3.8', false],
  ['3.9', '!=3.9.*', false],
  ['3.9', '!=3.9.1', true],
  ['3.9', '~=3.7', true],
  ['3.9', '~=3.7.2', false],
  ['3.9', '==3.9.*', true],
  ['3.9', '~3.8', false],
  ['3.9', '^2.7 || ^3.6', true],
  ['3.10', '>=3.9,<4', true],
  ['3.9', 'whatever', true],
]

for (const [version, specifier, holds] of clauses) {
  test(`Python ${version} ${holds ? 'satisfies' : 'does not satisfy'} ${specifier}`, () => {
    expect(satisfiesPython(version, specifier)).toBe(holds)
  })
}
