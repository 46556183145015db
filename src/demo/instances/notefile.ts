import type { DemoInstance } from '../demo-instance.ts'
import { edited, text } from '../text.ts'

const library = text`
  """Notes in files that say which version wrote them."""

  from importlib.metadata import version

  __version__ = version("notefile")


  def dump(note):
      """The text of a file that holds \`note\`."""
      return f"notefile {__version__}\n{note}"


  def load(content):
      """The note in the text of a file."""
      header, note = content.split("\n", 1)
      writer = header.split(" ")[1]
      if writer > __version__:
          raise ValueError(f"written by notefile {writer}, which is newer than {__version__}")
      return note
`

const fixedLibrary = edited(
  edited(library, 'writer > __version__', '_release(writer) > _release(__version__)'),
  text`
        return note
  `,
  text`
        return note


    def _release(version):
        major, minor = version.split(".")[:2]
        return int(major), int(minor)
  `,
)

const tests = text`
  import pytest

  import notefile


  def test_the_version_follows_the_last_release():
      assert notefile.__version__.startswith("1.10.")


  def test_reads_what_it_writes():
      assert notefile.load(notefile.dump("milk, eggs")) == "milk, eggs"


  def test_files_of_the_future_are_refused():
      with pytest.raises(ValueError):
          notefile.load("notefile 2.0\nmilk, eggs")
`

const newTests = text`


  def test_reads_files_of_older_releases():
      assert notefile.load("notefile 1.9.0\nbread") == "bread"
`

const pyproject = text`
  [build-system]
  requires = ["setuptools>=64", "setuptools-scm>=8"]
  build-backend = "setuptools.build_meta"

  [project]
  name = "notefile"
  dynamic = ["version"]
  description = "Notes in files that say which version wrote them"
  requires-python = ">=3.8"

  [project.optional-dependencies]
  test = ["pytest"]

  [tool.setuptools]
  py-modules = ["notefile"]

  [tool.setuptools_scm]
`

export const notefile: DemoInstance = {
  repo: 'openswe-demo/notefile',
  shows: 'a version that setuptools_scm derives from git tags, which the image does not have',
  expected: 'accepted',
  version: '1.10',
  problem_statement: text`
    Since 1.10, notes of 1.9 are "newer"

    After the upgrade to 1.10 none of my old notes open any more:

        ValueError: written by notefile 1.9.0, which is newer than 1.10.0

    I suppose that the versions are compared as text.
  `,
  history: [
    {
      message: 'Write and read notes',
      date: '2024-10-01T16:00:00Z',
      files: {
        'README.md': '# notefile\n\nNotes in files.\n',
        '.gitignore': '__pycache__/\n*.egg-info/\n',
        'pyproject.toml': pyproject,
        'notefile.py': library,
      },
      tag: 'v1.9.0',
    },
    {
      message: 'Test what is written and read',
      date: '2024-10-08T16:00:00Z',
      files: { 'tests/test_notefile.py': tests },
      tag: 'v1.10.0',
    },
    {
      message: 'Say more in the README',
      date: '2024-10-15T16:00:00Z',
      files: { 'README.md': '# notefile\n\nNotes in files that say which version wrote them.\n' },
    },
  ],
  pullRequest: {
    number: 10,
    message: 'Compare versions as numbers (#10)',
    date: '2024-10-22T16:00:00Z',
    source: { 'notefile.py': fixedLibrary },
    tests: { 'tests/test_notefile.py': tests + newTests },
  },
  later: [
    {
      message: 'Release 1.11.0',
      date: '2024-10-29T16:00:00Z',
      files: { 'CHANGES.md': '1.11.0: notes of every older release open again.\n' },
      tag: 'v1.11.0',
    },
  ],
}
