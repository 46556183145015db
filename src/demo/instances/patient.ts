import type { DemoInstance } from '../demo-instance.ts'
import { edited, text } from '../text.ts'

const library = text`
  """Call a function again until it works."""

  import time


  def call(function, attempts=3, pause=1.0, factor=2.0, on=Exception):
      """What \`function()\` returns; its last error after \`attempts\` failures, with growing pauses between them."""
      for attempt in range(1, attempts + 1):
          try:
              return function()
          except on as error:
              last_error = error
          time.sleep(pause)
          pause *= factor
      raise last_error
`

const fixedLibrary = edited(
  library,
  text`
                last_error = error
            time.sleep(pause)
            pause *= factor
        raise last_error
  `,
  text`
                if attempt == attempts:
                    raise
            time.sleep(pause)
            pause *= factor
  `,
)

const tests = text`
  import pytest

  import patient


  def test_returns_what_the_function_returns():
      assert patient.call(lambda: 42) == 42


  def test_other_errors_pass_through():
      with pytest.raises(KeyError):
          patient.call(lambda: {}["missing"], on=ValueError)
`

const newTests = text`


  @pytest.fixture
  def sleep(mocker):
      return mocker.patch("patient.time.sleep")


  def test_pauses_grow(sleep):
      answers = iter([ValueError("first"), ValueError("second"), "third"])

      def function():
          answer = next(answers)
          if isinstance(answer, Exception):
              raise answer
          return answer

      assert patient.call(function) == "third"
      assert [call.args for call in sleep.call_args_list] == [(1.0,), (2.0,)]


  def test_does_not_pause_after_the_last_attempt(sleep):
      with pytest.raises(ZeroDivisionError):
          patient.call(lambda: 1 / 0, attempts=3)
      assert sleep.call_count == 2
`

const pyproject = text`
  [build-system]
  requires = ["flit_core>=3.4"]
  build-backend = "flit_core.buildapi"

  [project]
  name = "patient"
  version = "2.1.0"
  description = "Call a function again until it works"
  requires-python = ">=3.8"
`

export const patient: DemoInstance = {
  repo: 'openswe-demo/patient',
  shows: 'a repair: the tests use pytest-mock, which the repository declares nowhere',
  expected: 'accepted',
  version: '2.1',
  problem_statement: text`
    Needless sleep before giving up

    \`patient.call(f, attempts=3, pause=10)\` sleeps 10 s, 20 s and then *another 40 s* before it raises the error of
    the third attempt. Nothing is tried after that last pause, so it only makes failures slow. Our health check
    runs into its own timeout because of it.

    Expected: two pauses for three attempts.
  `,
  history: [
    {
      message: 'Call again until it works',
      date: '2024-03-04T12:00:00Z',
      files: { 'README.md': '# patient\n\nCall a function again until it works.\n', 'pyproject.toml': pyproject },
    },
    {
      message: 'Let pauses grow',
      date: '2024-03-11T12:00:00Z',
      files: { 'patient.py': library, 'test_patient.py': tests, 'requirements-dev.txt': 'pytest>=7\n' },
      tag: 'v2.1.0',
    },
  ],
  pullRequest: {
    number: 3,
    message: 'Do not pause after the last attempt (#3)',
    date: '2024-03-18T12:00:00Z',
    source: { 'patient.py': fixedLibrary },
    tests: { 'test_patient.py': tests + newTests },
  },
  later: [
    {
      message: 'Declare pytest-mock',
      date: '2024-03-19T12:00:00Z',
      files: { 'requirements-dev.txt': 'pytest>=7\npytest-mock\n' },
    },
    {
      message: 'Release 2.1.1',
      date: '2024-03-25T12:00:00Z',
      files: { 'pyproject.toml': edited(pyproject, '2.1.0', '2.1.1') },
      tag: 'v2.1.1',
    },
  ],
}
