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

const wheel = 'wheels/weighbridge-2.0-py3-none-any.whl'

export const weighbridge: DemoInstance = {
  repo: 'openswe-demo/weighbridge',
  shows: 'a leak: the repository installs its own later release, fix included, into the environment',
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
      message: 'Compare speed with the packaged preview',
      date: '2024-11-11T06:00:00Z',
      files: {
        'requirements-test.txt': `pytest\n./${wheel}\n`,
        [wheel]: wheelOf('weighbridge', '2.0', { 'weighbridge.py': fixedLibrary }),
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
      message: 'Say what 2.0 brings',
      date: '2024-11-25T06:00:00Z',
      files: { 'CHANGES.md': '2.0: weights as scales print them.\n' },
      tag: 'v2.0',
    },
  ],
}
