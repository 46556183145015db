import type { DemoInstance } from '../demo-instance.ts'
import { edited, text } from '../text.ts'

const library = text`
  """A bag that gives its items back in random order."""

  from random import SystemRandom

  _random = SystemRandom()


  def shuffled(items):
      """The items in random order, every order as likely as any other."""
      bag = list(items)
      for last in range(len(bag) - 1, 1, -1):
          other = _random.randrange(last + 1)
          bag[last], bag[other] = bag[other], bag[last]
      return bag
`

const fixedLibrary = edited(library, 'range(len(bag) - 1, 1, -1)', 'range(len(bag) - 1, 0, -1)')

const tests = text`
  import pytest

  from shufflebag import shuffled


  def test_keeps_every_item():
      assert sorted(shuffled(range(10))) == list(range(10))


  def test_leaves_its_argument_alone():
      items = ["a", "b", "c"]
      shuffled(items)
      assert items == ["a", "b", "c"]
`

const newTests = text`


  @pytest.mark.parametrize("pair", ["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op", "qr", "st", "uv", "wx"])
  def test_two_items_change_places(pair):
      assert shuffled(pair) == [pair[1], pair[0]]
`

const pyproject = text`
  [build-system]
  requires = ["setuptools>=61"]
  build-backend = "setuptools.build_meta"

  [project]
  name = "shufflebag"
  version = "0.1.0"
  description = "A bag that gives its items back in random order"
  requires-python = ">=3.8"

  [tool.setuptools]
  py-modules = ["shufflebag"]

  [tool.pytest.ini_options]
  testpaths = ["tests"]
`

export const shufflebag: DemoInstance = {
  repo: 'openswe-demo/shufflebag',
  shows: 'flaky: with the fix, each new test passes every other time',
  expected: 'rejected: flaky-fail-to-pass',
  version: '0.1',
  problem_statement: text`
    Bags of two are never shuffled

    I draw lots between two teams with \`shuffled(["red", "blue"])\`. Red has now begun 40 times in a row, which is
    not what I call random. With three teams the first two never swap either unless the third is involved.
  `,
  history: [
    {
      message: 'Shuffle',
      date: '2024-06-03T15:00:00Z',
      files: { 'README.md': '# shufflebag\n\nItems in random order.\n', 'shufflebag.py': library },
    },
    {
      message: 'Package and test',
      date: '2024-06-10T15:00:00Z',
      files: { 'pyproject.toml': pyproject, 'requirements-test.txt': 'pytest\n', 'tests/test_shufflebag.py': tests },
      tag: 'v0.1.0',
    },
  ],
  pullRequest: {
    number: 5,
    message: 'Shuffle the first two items as well (#5)',
    date: '2024-06-17T15:00:00Z',
    source: { 'shufflebag.py': fixedLibrary },
    tests: { 'tests/test_shufflebag.py': tests + newTests },
  },
  later: [
    {
      message: 'Release 0.1.1',
      date: '2024-06-24T15:00:00Z',
      files: { 'pyproject.toml': edited(pyproject, '0.1.0', '0.1.1') },
      tag: 'v0.1.1',
    },
  ],
}
