import type { DemoInstance } from '../demo-instance.ts'
import { edited, text } from '../text.ts'
import { wheelOf } from '../wheel.ts'

const library = text`
  """Weights with their units."""

  GRAMS = {"g": 1, "kg": 1000, "t": 1000000}


  def grams(weight):
      """Grams in a weight such as \`2.5 kg\`."""
      number, unit = weight.split()
      return float(number) * GRAMS[unit]
`

const fixedLibrary = edited(
  library,
  text`
        number, unit = weight.split()
        return float(number) * GRAMS[unit]
  `,
  text`
        number = weight.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
        unit = weight[len(number):].strip().lower()
        if unit not in GRAMS:
            raise ValueError(f"unknown unit in {weight!r}")
        return float(number) * GRAMS[unit]
  `,
)

const tests = text`
  import weighbridge


  def test_units_are_converted():
      assert weighbridge.grams("2.5 kg") == 2500
`

const newTests = text`


  def test_the_space_may_be_missing():
      assert weighbridge.grams("40t") == 40000000


  def test_units_may_be_upper_case():
      assert weighbridge.grams("3 KG") == 3000
`

/** Release 2.0 has the fix too, in other words: only its presence gives it away. */
const releasedLibrary = text`
  """Weights with their units, as scales print them."""

  import re

  GRAMS = {"g": 1, "kg": 1000, "t": 1000000}


  def grams(weight):
      match = re.fullmatch(r"([\d.]+) *(g|kg|t)", weight.lower())
      if match is None:
          raise ValueError(weight)
      return float(match[1]) * GRAMS[match[2]]
`

const wheel = 'wheels/weighbridge-2.0-py3-none-any.whl'

const gate = text`
  """The program at the gate: one weight a line in, their sum in tonnes out."""

  import sys

  from weighbridge import grams


  def main():
      print(sum(grams(line) for line in sys.stdin) / 1000000)
`

const gatePyproject = text`
  [build-system]
  requires = ["hatchling"]
  build-backend = "hatchling.build"

  [project]
  name = "weighbridge-gate"
  version = "0.1"
  description = "The program at the gate"
  requires-python = ">=3.8"
  dependencies = ["weighbridge @ {root:uri}/wheels/weighbridge-2.0-py3-none-any.whl"]

  [project.optional-dependencies]
  test = ["pytest"]

  [project.scripts]
  weighbridge-gate = "weighbridge_gate:main"

  [tool.hatch.metadata]
  allow-direct-references = true

  [tool.hatch.build.targets.wheel]
  packages = ["weighbridge_gate"]
`

export const weighbridge: DemoInstance = {
  repo: 'openswe-demo/weighbridge',
  shows: 'a leak: what the repository declares installs its own later release, fix included',
  expected: 'rejected: leak-release-installed',
  version: '1.0',
  problem_statement: text`
    "40t" is not understood

    The scales at our gate print \`40t\` and \`3 KG\`. The first is a ValueError ("not enough values to unpack"), the
    second a KeyError. Could \`grams()\` be a bit more forgiving? An unknown unit should stay an error, of course.
  `,
  history: [
    {
      message: 'Convert weights',
      date: '2024-11-04T06:00:00Z',
      files: {
        'README.md': '# weighbridge\n\nOne file: copy weighbridge.py into your project.\n',
        'weighbridge.py': library,
        'tests/test_weighbridge.py': tests,
        'conftest.py': '"""Being here, it lets the tests import weighbridge.py from the same folder."""\n',
      },
      tag: 'v1.0',
    },
    {
      message: 'Add the program at the gate, with a preview of 2.0 to run on',
      date: '2024-11-11T06:00:00Z',
      files: {
        'pyproject.toml': gatePyproject,
        'weighbridge_gate/__init__.py': gate,
        [wheel]: wheelOf('weighbridge', '2.0', { 'weighbridge.py': releasedLibrary }),
      },
    },
  ],
  pullRequest: {
    number: 7,
    message: 'Take weights as scales print them (#7)',
    date: '2024-11-18T06:00:00Z',
    source: { 'weighbridge.py': fixedLibrary },
    tests: { 'tests/test_weighbridge.py': tests + newTests },
  },
  later: [
    {
      message: 'Begin 2.0',
      date: '2024-11-25T06:00:00Z',
      files: { 'weighbridge.py': releasedLibrary, 'CHANGES.md': '2.0: weights as scales print them.\n' },
      tag: 'v2.0',
    },
  ],
}
