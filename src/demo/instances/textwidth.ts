import type { DemoInstance } from '../demo-instance.ts'
import { edited, text } from '../text.ts'

const library = text`
  """Measure and fit text in terminal columns."""


  def width(text):
      """Columns that \`text\` takes in a terminal."""
      return len(text)


  def fit(text, columns, mark="…"):
      """\`text\` in at most \`columns\` columns, with \`mark\` where something was cut off."""
      if width(text) <= columns:
          return text
      kept = ""
      for character in text:
          if width(kept + character) + width(mark) > columns:
              break
          kept += character
      return kept + mark
`

const fixedLibrary = edited(
  edited(library, 'terminal columns."""\n', 'terminal columns."""\n\nimport unicodedata\n'),
  text`
        return len(text)
  `,
  text`
        return sum(_columns(character) for character in text)


    def _columns(character):
        if unicodedata.combining(character):
            return 0
        return 2 if unicodedata.east_asian_width(character) in "WF" else 1
  `,
)

const tests = text`
  from textwidth import fit, width


  def test_ascii_takes_one_column_a_character():
      assert width("plain") == 5


  def test_short_text_stays_as_it_is():
      assert fit("short", 10) == "short"


  def test_long_text_is_cut_and_marked():
      assert fit("a long line", 6) == "a lon…"
`

const newTests = text`


  def test_east_asian_characters_take_two_columns():
      assert width("日本") == 4


  def test_combining_marks_take_no_column():
      assert width("e\u0301") == 1


  def test_wide_text_is_cut_to_columns():
      assert fit("日本語テキスト", 6) == "日本…"
`

const pyproject = text`
  [build-system]
  requires = ["setuptools>=61"]
  build-backend = "setuptools.build_meta"

  [project]
  name = "textwidth"
  version = "1.0.0"
  description = "Measure and fit text in terminal columns"
  requires-python = ">=3.8"
  classifiers = [
      "Programming Language :: Python :: 3.10",
      "Programming Language :: Python :: 3.11",
  ]

  [project.optional-dependencies]
  test = ["pytest"]
`

export const textwidth: DemoInstance = {
  repo: 'openswe-demo/textwidth',
  shows: 'a plain pull request: PEP 621 metadata, a test extra, pytest',
  expected: 'accepted',
  version: '1.0',
  problem_statement: text`
    \`width()\` is wrong for Japanese text

    I use textwidth to draw a table in the terminal. Columns with Japanese names are all out of line, because

    \`\`\`python
    >>> from textwidth import width
    >>> width("日本")
    2
    \`\`\`

    but my terminal (and every other one I tried) draws these in 4 columns. It is the other way round with
    decomposed accents: \`width("e\u0301")\` says 2 and takes one column. \`fit()\` cuts in the wrong place too.
  `,
  history: [
    {
      message: 'Measure text',
      date: '2024-01-08T09:00:00Z',
      files: { 'README.md': '# textwidth\n\nMeasure and fit text in terminal columns.\n', 'pyproject.toml': pyproject },
    },
    {
      message: 'Cut long text and mark it',
      date: '2024-01-15T09:00:00Z',
      files: { 'src/textwidth/__init__.py': library, 'tests/test_textwidth.py': tests },
      tag: 'v1.0.0',
    },
  ],
  pullRequest: {
    number: 1,
    message: 'Count wide and combining characters (#1)',
    date: '2024-02-05T09:00:00Z',
    source: { 'src/textwidth/__init__.py': fixedLibrary },
    tests: { 'tests/test_textwidth.py': tests + newTests },
  },
  later: [
    {
      message: 'Release 1.1.0',
      date: '2024-02-12T09:00:00Z',
      files: { 'pyproject.toml': edited(pyproject, '1.0.0', '1.1.0') },
      tag: 'v1.1.0',
    },
  ],
}
