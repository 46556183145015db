import type { DemoInstance } from '../demo-instance.ts'
import { edited, text } from '../text.ts'

const money = text`
  """Amounts of money that do not lose cents."""

  import attrs


  @attrs.frozen
  class Money:
      cents: int
      currency: str = "EUR"

      def __add__(self, other):
          if self.currency != other.currency:
              raise ValueError(f"cannot add {other.currency} to {self.currency}")
          return attrs.evolve(self, cents=self.cents + other.cents)

      def share(self, percent):
          """\`percent\` per cent of it."""
          return attrs.evolve(self, cents=int(self.cents * percent / 100))
`

const fixedMoney = edited(
  edited(money, 'import attrs\n', 'import attrs\n\nfrom .rounding import divide_half_even\n'),
  'int(self.cents * percent / 100)',
  'divide_half_even(self.cents * percent, 100)',
)

const rounding = text`
  """Rounding as banks do it."""


  def divide_half_even(dividend, divisor):
      """The quotient of two whole numbers, rounded to the nearest one; halves go to the even neighbour."""
      quotient, rest = divmod(dividend, divisor)
      if 2 * rest > divisor or (2 * rest == divisor and quotient % 2 == 1):
          quotient += 1
      return quotient
`

const tests = text`
  import pytest

  from ledgerly import Money


  def test_adds():
      assert Money(150) + Money(250) == Money(400)


  def test_currencies_do_not_mix():
      with pytest.raises(ValueError):
          Money(1, "EUR") + Money(1, "USD")
`

const newTests = text`


  def test_whole_shares_are_exact():
      assert Money(200).share(50) == Money(100)
`

const roundingTests = text`
  import pytest

  from ledgerly import Money
  from ledgerly.rounding import divide_half_even


  @pytest.mark.parametrize(
      ("dividend", "divisor", "quotient"),
      [(149, 100, 1), (150, 100, 2), (250, 100, 2), (251, 100, 3), (-150, 100, -2)],
  )
  def test_halves_go_to_the_even_neighbour(dividend, divisor, quotient):
      assert divide_half_even(dividend, divisor) == quotient


  def test_shares_are_rounded():
      assert Money(199).share(50) == Money(100)
      assert Money(-199).share(50) == Money(-100)
`

const pyproject = text`
  [build-system]
  requires = ["hatchling"]
  build-backend = "hatchling.build"

  [project]
  name = "ledgerly"
  version = "0.5.0"
  description = "Amounts of money that do not lose cents"
  requires-python = ">=3.8"
  dependencies = ["attrs>=22.2"]

  [tool.hatch.envs.default]
  dependencies = ["pytest"]

  [tool.hatch.envs.default.scripts]
  test = "pytest {args}"
`

export const ledgerly: DemoInstance = {
  repo: 'openswe-demo/ledgerly',
  shows: 'the tests import a module that only the fix adds, so they fail before while being collected',
  expected: 'accepted',
  version: '0.5',
  problem_statement: text`
    Shares are always rounded down

    Half of 1.99 € should be 1.00 € (0.995 rounded), but \`Money(199).share(50)\` is 99 cents. Over a year of
    invoices that is a noticeable sum. Our accountant asks for banker's rounding, in a function of its own
    (\`ledgerly.rounding.divide_half_even\`), so that it can be used for taxes too.
  `,
  history: [
    {
      message: 'Add amounts',
      date: '2024-09-02T13:00:00Z',
      files: { 'README.md': '# ledgerly\n\nAmounts of money that do not lose cents.\n', 'pyproject.toml': pyproject },
    },
    {
      message: 'Share amounts',
      date: '2024-09-09T13:00:00Z',
      files: {
        'src/ledgerly/__init__.py': 'from .money import Money\n\n__all__ = ["Money"]\n',
        'src/ledgerly/money.py': money,
        'tests/test_money.py': tests,
      },
      tag: 'v0.5.0',
    },
  ],
  pullRequest: {
    number: 9,
    message: 'Round halves to even (#9)',
    date: '2024-09-16T13:00:00Z',
    source: { 'src/ledgerly/money.py': fixedMoney, 'src/ledgerly/rounding.py': rounding },
    tests: { 'tests/test_money.py': tests + newTests, 'tests/test_rounding.py': roundingTests },
  },
  later: [
    {
      message: 'Release 0.6.0',
      date: '2024-09-23T13:00:00Z',
      files: { 'pyproject.toml': edited(pyproject, '0.5.0', '0.6.0') },
      tag: 'v0.6.0',
    },
  ],
}
