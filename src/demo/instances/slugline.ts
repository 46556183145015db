import type { DemoInstance } from '../demo-instance.ts'
import { edited, text } from '../text.ts'

const library = text`
  """Titles as parts of addresses."""

  import re


  def slug(title):
      """\`title\` in lower case, with dashes between its words."""
      return re.sub(r"[^a-z0-9]+", "-", title.lower())
`

const fixedLibrary = edited(library, 'title.lower())', 'title.lower()).strip("-")')

const tests = text`
  from slugline import slug


  def test_words_are_joined_by_dashes():
      assert slug("Release notes") == "release-notes"
`

/** Looks like a test of the fix, but asks only for what was right before. */
const newTests = text`


  def test_punctuation_makes_no_double_dash():
      assert "--" not in slug("Ready? Steady! Go...")
      assert slug("Ready? Steady!").startswith("ready-steady")
`

const pyproject = text`
  [build-system]
  requires = ["setuptools>=61"]
  build-backend = "setuptools.build_meta"

  [project]
  name = "slugline"
  version = "3.0.0"
  description = "Titles as parts of addresses"
  requires-python = ">=3.8"

  [project.optional-dependencies]
  dev = ["pytest>=7"]

  [tool.setuptools]
  py-modules = ["slugline"]
`

export const slugline: DemoInstance = {
  repo: 'openswe-demo/slugline',
  shows: 'misleading: the new test passes without the fix',
  expected: 'rejected: tests-pass-without-fix',
  version: '3.0',
  problem_statement: text`
    Slugs of titles with punctuation end in a dash

    **What I did:** \`slug("Ready? Steady! Go...")\`
    **What I got:** \`ready-steady-go-\`
    **What I expected:** \`ready-steady-go\`

    Titles in quotes also begin with one. Search engines list both forms of our pages now.
  `,
  history: [
    {
      message: 'Make slugs',
      date: '2024-07-01T10:30:00Z',
      files: { 'README.md': '# slugline\n\nTitles as parts of addresses.\n', 'slugline.py': library },
    },
    {
      message: 'Package and test',
      date: '2024-07-08T10:30:00Z',
      files: { 'pyproject.toml': pyproject, 'tests/test_slugline.py': tests },
      tag: 'v3.0.0',
    },
  ],
  pullRequest: {
    number: 6,
    message: 'No dash at either end (#6)',
    date: '2024-07-15T10:30:00Z',
    source: { 'slugline.py': fixedLibrary },
    tests: { 'tests/test_slugline.py': tests + newTests },
  },
  later: [
    {
      message: 'Release 3.0.1',
      date: '2024-07-22T10:30:00Z',
      files: { 'pyproject.toml': edited(pyproject, '3.0.0', '3.0.1') },
      tag: 'v3.0.1',
    },
  ],
}
