import type { DemoInstance } from '../demo-instance.ts'
import { text, withCrlf } from '../text.ts'

const library = text`
  """Sums over CSV files, plain or gzipped."""

  import gzip


  def rows(path):
      """The rows of a CSV file, each a dictionary by column name."""
      opener = gzip.open if str(path).endswith(".gz") else open
      with opener(path, "rb") as file:
          lines = file.read().decode("utf-8").split("\n")
      header = lines[0].split(",")
      return [dict(zip(header, line.split(","))) for line in lines[1:] if line]


  def total(path, column):
      """The sum of one column."""
      return sum(float(row[column]) for row in rows(path))
`

const fixedLibrary = text`
  """Sums over CSV files, plain or gzipped."""

  import csv
  import gzip


  def rows(path):
      """The rows of a CSV file, each a dictionary by column name."""
      opener = gzip.open if str(path).endswith(".gz") else open
      with opener(path, "rt", encoding="utf-8", newline="") as file:
          return list(csv.DictReader(file))


  def total(path, column):
      """The sum of one column."""
      return sum(float(row[column]) for row in rows(path))
`

const plainCsv = text`
  day,amount
  2024-03-01,10
  2024-03-02,4.5
`

const excelCsv = withCrlf(text`
  day,shop,amount
  2024-04-01,Main Street,12.50
`)

const longerExcelCsv = withCrlf(text`
  day,shop,amount
  2024-04-01,Main Street,12.50
  2024-04-02,"Station, upper floor",7.25
`)

/** `longerExcelCsv` as gzip packs it, kept as bytes because compressors differ. */
const gzippedExcelCsv = Buffer.from(
  'H4sIAAAAAAAC/0tJrNQpzsgv0EnMzS/NK+HlMjIwMtE1ACJDHd/EzDyF4JKi1NQSHUMjPVMDJFkjHaXgksSSzPw8HYXSgoLUIoW0nPz8IiUd' +
    'cz0jU14uAID3d+NXAAAA',
  'base64',
)

const tests = text`
  from pathlib import Path

  from sumcsv import rows, total

  DATA = Path(__file__).parent / "data"


  def test_total_of_a_column():
      assert total(DATA / "plain.csv", "amount") == 14.5


  def test_reads_an_excel_export():
      assert rows(DATA / "excel.csv")[0]["day"] == "2024-04-01"
`

const newTests = text`


  def test_total_of_an_excel_export():
      assert total(DATA / "excel.csv", "amount") == 19.75


  def test_total_of_a_gzipped_excel_export():
      assert total(DATA / "excel.csv.gz", "amount") == 19.75


  def test_commas_in_quotes_do_not_separate():
      assert [row["shop"] for row in rows(DATA / "excel.csv")] == ["Main Street", "Station, upper floor"]
`

const setupPy = text`
  from setuptools import setup

  setup(
      name="sumcsv",
      version="1.0",
      py_modules=["sumcsv"],
      python_requires=">=3.8",
      extras_require={"tests": ["pytest"]},
  )
`

export const sumcsv: DemoInstance = {
  repo: 'openswe-demo/sumcsv',
  shows: 'a test patch with a binary file and with lines that end in CRLF',
  expected: 'accepted',
  version: '1.0',
  problem_statement: text`
    KeyError for the last column of files saved by Excel

    \`\`\`
    >>> sumcsv.total("april.csv", "amount")
    Traceback (most recent call last):
      ...
    KeyError: 'amount'
    \`\`\`

    The column is there! I printed the row and its name is \`'amount\r'\`. Same with the gzipped file. While you are
    at it: a shop named \`"Station, upper floor"\` moves everything one column to the right, although it is quoted.
  `,
  history: [
    {
      message: 'Sum columns',
      date: '2024-04-02T07:00:00Z',
      files: { 'README.md': '# sumcsv\n\nSums over CSV files.\n', 'setup.py': setupPy, 'sumcsv.py': library },
    },
    {
      message: 'Test with files as they come',
      date: '2024-04-09T07:00:00Z',
      files: {
        'tests/test_sumcsv.py': tests,
        'tests/data/plain.csv': plainCsv,
        'tests/data/excel.csv': excelCsv,
      },
      tag: 'v1.0',
    },
  ],
  pullRequest: {
    number: 4,
    message: 'Leave the reading to the csv module (#4)',
    date: '2024-05-06T07:00:00Z',
    source: { 'sumcsv.py': fixedLibrary },
    tests: {
      'tests/test_sumcsv.py': tests + newTests,
      'tests/data/excel.csv': longerExcelCsv,
      'tests/data/excel.csv.gz': gzippedExcelCsv,
    },
  },
  later: [
    {
      message: 'Release 1.1',
      date: '2024-05-13T07:00:00Z',
      files: { 'setup.py': setupPy.replace('1.0', '1.1') },
      tag: 'v1.1',
    },
  ],
}
