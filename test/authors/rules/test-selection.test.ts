import { expect, test } from 'bun:test'
import { selectTestFiles } from '../../../src/authors/rules/test-selection.ts'
import { treeOf } from './support.ts'

const tree = treeOf({
  'tests/test_a.py': 'load("cases.json")',
  'tests/test_b.py': '',
  'tests/deep/test_c.py': '',
  'tests/deep/conftest.py': '',
  'demo/core.py': '',
})

const selections: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'exactly the test files of the patch',
    ['tests/test_b.py', 'tests/new/test_new.py'],
    ['tests/test_b.py', 'tests/new/test_new.py'],
  ],
  [
    'test files without data, fixtures and helpers',
    ['tests/x.json', 'tests/conftest.py', 'tests/test_b.py'],
    ['tests/test_b.py'],
  ],
  [
    'files named in other ways',
    ['t/unittest_x.py', 'test/ansi_test.py', 'app/tests.py'],
    ['t/unittest_x.py', 'test/ansi_test.py', 'app/tests.py'],
  ],
  ['tests that mention changed data', ['tests/data/cases.json'], ['tests/test_a.py']],
  ['the nearest tests of a changed conftest', ['tests/deep/conftest.py'], ['tests/deep/test_c.py']],
  ['the nearest tests where nothing mentions the data', ['tests/deep/other.txt'], ['tests/deep/test_c.py']],
]

for (const [what, changed, selected] of selections) {
  test(`selects ${what}`, async () => {
    expect(await selectTestFiles(tree, changed)).toEqual([...selected])
  })
}

test('selects nothing where there is no test at all', async () => {
  expect(await selectTestFiles(treeOf({ 'a.py': '' }), ['data.json'])).toEqual([])
})
