import type { DemoInstance } from '../demo-instance.ts'
import { edited, text } from '../text.ts'

const library = text`
  """Read spans of time as people write them."""

  import re

  SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


  def seconds(span):
      """Seconds in a span such as \`90m\`."""
      match = re.match(r"\s*(\d+)\s*([smhd])", span)
      if match is None:
          raise ValueError(f"not a span of time: {span!r}")
      return int(match.group(1)) * SECONDS[match.group(2)]
`

const fixedLibrary = edited(
  edited(library, 'such as `90m`', 'such as `90m` or `1h 30m`'),
  text`
        match = re.match(r"\s*(\d+)\s*([smhd])", span)
        if match is None:
            raise ValueError(f"not a span of time: {span!r}")
        return int(match.group(1)) * SECONDS[match.group(2)]
  `,
  text`
        if re.fullmatch(r"(\s*\d+\s*[smhd])+\s*", span) is None:
            raise ValueError(f"not a span of time: {span!r}")
        parts = re.findall(r"(\d+)\s*([smhd])", span)
        return sum(int(count) * SECONDS[unit] for count, unit in parts)
  `,
)

const tests = text`
  import unittest

  from clockspan import seconds


  class SecondsTest(unittest.TestCase):
      def test_one_unit(self):
          self.assertEqual(seconds("90m"), 5400)

      def test_space_before_the_unit(self):
          self.assertEqual(seconds("2 h"), 7200)

      def test_words_are_refused(self):
          with self.assertRaises(ValueError):
              seconds("soon")


  if __name__ == "__main__":
      unittest.main()
`

const newTests = edited(
  tests,
  text`
        def test_words_are_refused(self):
  `,
  text`
        def test_several_units_add_up(self):
            self.assertEqual(seconds("1h30m"), 5400)
            self.assertEqual(seconds("1d 2h 3s"), 93603)

        def test_what_follows_a_span_is_refused(self):
            with self.assertRaises(ValueError):
                seconds("3m or so")

        def test_words_are_refused(self):
  `,
)

const setupCfg = text`
  [metadata]
  name = clockspan
  version = 0.3.0
  description = Read spans of time as people write them
  classifiers =
      Programming Language :: Python :: 3.9
      Programming Language :: Python :: 3.11

  [options]
  py_modules = clockspan
  python_requires = >=3.8
`

const toxIni = text`
  [tox]
  envlist = py39, py311

  [testenv]
  commands = python -m unittest discover -s tests
`

export const clockspan: DemoInstance = {
  repo: 'openswe-demo/clockspan',
  shows: 'unittest instead of pytest, metadata in setup.cfg',
  expected: 'accepted',
  version: '0.3',
  problem_statement: text`
    seconds("1h30m") silently drops the minutes

    According to the README, spans are read "as people write them", but only the first number counts:

        >>> clockspan.seconds("1h30m")
        3600

    I'd expect 5400. If several units are not supported on purpose, it should at least raise \`ValueError\` instead
    of returning a wrong number; \`seconds("3m or so")\` is 180 at the moment.
  `,
  history: [
    {
      message: 'Read spans of time',
      date: '2023-09-04T08:00:00Z',
      files: {
        'README.rst': 'clockspan\n=========\n\nRead spans of time as people write them.\n',
        'setup.py': 'from setuptools import setup\n\nsetup()\n',
        'setup.cfg': setupCfg,
        'clockspan.py': library,
      },
      tag: '0.3.0',
    },
    {
      message: 'Test with tox',
      date: '2023-09-11T08:00:00Z',
      files: { 'tox.ini': toxIni, 'tests/__init__.py': '', 'tests/test_clockspan.py': tests },
    },
  ],
  pullRequest: {
    number: 2,
    message: 'Add up several units, refuse the rest (#2)',
    date: '2023-09-18T08:00:00Z',
    source: { 'clockspan.py': fixedLibrary },
    tests: { 'tests/test_clockspan.py': newTests },
  },
  later: [
    {
      message: 'Release 0.4.0',
      date: '2023-09-25T08:00:00Z',
      files: { 'setup.cfg': edited(setupCfg, '0.3.0', '0.4.0') },
      tag: '0.4.0',
    },
  ],
}
