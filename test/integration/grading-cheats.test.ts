import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { TakenBack, UnresolvedReason } from '../../src/domain/grade.ts'
import { Semaphore } from '../../src/util/semaphore.ts'
import { fixedModule, newTest, oldTests } from '../support/cheat-project.ts'
import type { FileChange } from '../support/git-repository.ts'
import { type GradeBench, type GradeOptions, openGradeBench, pytestTruth } from '../support/grade-bench.ts'

const unitTests = `import unittest

from tally import average, total

class SumTest(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2]), 3)

    def test_average_of_nothing(self):
        with self.assertRaises(ValueError):
            average(iter([]))
`

/** Every way in which a solver's patch can be graded as what it is not: none is resolved. */
let bench: GradeBench
setDefaultTimeout(600_000)

const places = new Semaphore(3)

beforeAll(async () => {
  bench = await openGradeBench({
    base: { 'tests/conftest.py': '', 'setup.cfg': '[metadata]\nname = tally\n' },
    tests: { 'tests/test_core.py': oldTests + newTest, 'tests/test_unit.py': unitTests },
  })
})
afterAll(() => bench[Symbol.asyncDispose]())

type Files = Readonly<Record<string, FileChange>>

interface Cheat {
  readonly title: string
  readonly reason: UnresolvedReason
  readonly changes?: Files
  /** In place of changes: what git would not write. */
  readonly patch?: string
  readonly takenBack?: readonly (readonly [path: string, reason: TakenBack['reason']])[]
  readonly options?: GradeOptions
}

function neverResolves(cheats: readonly Cheat[]): void {
  for (const { title, reason, changes = {}, patch, takenBack = [], options = {} } of cheats) {
    const check = async () => {
      const grade = await bench.grade(patch ?? bench.patchOf(changes), options)
      expect(grade.outcome).toMatchObject({ kind: 'unresolved', reason })
      expect(grade.takenBack).toEqual(takenBack.map(([path, why]) => ({ path, reason: why })))
    }
    test.concurrent(`${title}: ${reason}`, () => places.with(check))
  }
}

/** The module of the project with something done before it, and still wrong. */
const wrong = (before: string): Files => ({ 'tally/core.py': `${before}\n${brokenModule}` })

/** Neither the bug is fixed, nor what worked works. */
const brokenModule = `

def total(values):
    return 0

def average(values):
    return 0

def spread(values):
    return 0
`

/** The same, but that `average` does this. */
const withAverage = (body: string): Files => ({
  'tally/core.py': brokenModule.replace('def average(values):\n    return 0\n', `def average(values):\n${body}`),
})

const forgingConftest = `import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        report.outcome = "passed"
        report.longrepr = None
`

const deselect = '--deselect=tests/test_core.py::test_average_of_nothing'

describe('a patch that decides how tests are run', () => {
  neverResolves([
    {
      title: 'by a conftest.py that lets all pass',
      reason: 'fail-to-pass-fails',
      changes: { 'conftest.py': forgingConftest },
      takenBack: [['conftest.py', 'conftest']],
    },
    {
      title: 'by a conftest.py beside the tests',
      reason: 'fail-to-pass-fails',
      changes: { 'tests/conftest.py': forgingConftest },
      takenBack: [['tests/conftest.py', 'conftest']],
    },
    {
      title: 'by a pytest.ini that deselects',
      reason: 'fail-to-pass-fails',
      changes: { 'pytest.ini': `[pytest]\naddopts = ${deselect}\n` },
      takenBack: [['pytest.ini', 'runner-configuration']],
    },
    {
      title: 'by a pyproject.toml that loads a plugin',
      reason: 'fail-to-pass-fails',
      changes: {
        'pyproject.toml': `[tool.pytest.ini_options]\naddopts = "-p tally.forge"\n`,
        'tally/forge.py': forgingConftest,
      },
      takenBack: [['pyproject.toml', 'runner-configuration']],
    },
    {
      title: 'by a setup.cfg that deselects',
      reason: 'fail-to-pass-fails',
      changes: { 'setup.cfg': `[metadata]\nname = tally\n[tool:pytest]\naddopts = ${deselect}\n` },
      takenBack: [['setup.cfg', 'runner-configuration']],
    },
    {
      title: 'by a tox.ini that deselects',
      reason: 'fail-to-pass-fails',
      changes: { 'tox.ini': `[pytest]\naddopts = ${deselect}\n` },
      takenBack: [['tox.ini', 'runner-configuration']],
    },
    {
      title: 'by a plugin that a distribution in the repository registers',
      reason: 'fail-to-pass-fails',
      changes: {
        'forge.py': forgingConftest,
        'forge-1.dist-info/METADATA': 'Metadata-Version: 2.1\nName: forge\nVersion: 1\n',
        'forge-1.dist-info/entry_points.txt': '[pytest11]\nforge = forge\n',
      },
      takenBack: [
        ['forge-1.dist-info/METADATA', 'plugin-metadata'],
        ['forge-1.dist-info/entry_points.txt', 'plugin-metadata'],
      ],
    },
  ])
})

const anyTest = (name: string) => `def ${name}():\n    pass\n`

describe('a patch that changes tests', () => {
  neverResolves([
    {
      title: 'those of the test patch',
      reason: 'fail-to-pass-fails',
      changes: { 'tests/test_core.py': anyTest('test_total') + anyTest('test_average_of_nothing') },
      takenBack: [['tests/test_core.py', 'file-of-test-patch']],
    },
    {
      title: 'others, and breaks what they are for',
      reason: 'pass-to-pass-fails',
      changes: {
        'tally/core.py': fixedModule.replace('max(values) - min(values)', '0'),
        'tests/test_spread.py': anyTest('test_spread'),
      },
      takenBack: [['tests/test_spread.py', 'test-file']],
    },
    {
      title: 'by deleting them, and breaks what they are for',
      reason: 'pass-to-pass-fails',
      changes: { 'tally/core.py': fixedModule.replace('max(values) - min(values)', '0'), 'tests/test_spread.py': null },
      takenBack: [['tests/test_spread.py', 'test-file']],
    },
    {
      title: 'by a link in place of their folder',
      reason: 'patch-unusable',
      changes: {
        'tests/conftest.py': null,
        'tests/test_core.py': null,
        'tests/test_spread.py': null,
        tests: { linkTo: 'checks' },
        'checks/test_core.py': anyTest('test_total') + anyTest('test_average_of_nothing'),
      },
    },
    {
      title: 'by what is compiled of them',
      reason: 'fail-to-pass-fails',
      changes: {
        'tests/__pycache__/test_core.cpython-311-pytest-8.3.4.pyc': new Uint8Array([
          0xa7, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0, 1, 2,
        ]),
      },
      takenBack: [['tests/__pycache__/test_core.cpython-311-pytest-8.3.4.pyc', 'compiled-code']],
    },
  ])
})

const succeed = 'import os\n\nprint("3 passed")\nos._exit(0)\n'

describe('a patch that puts something in front of the runner', () => {
  neverResolves([
    {
      title: 'a sitecustomize.py',
      reason: 'fail-to-pass-fails',
      changes: { 'sitecustomize.py': succeed },
      takenBack: [['sitecustomize.py', 'start-up-hook']],
    },
    {
      title: 'a .pth file',
      reason: 'fail-to-pass-fails',
      changes: { 'lib/python3.11/site-packages/forge.pth': 'import os; os._exit(0)\n' },
      takenBack: [['lib/python3.11/site-packages/forge.pth', 'start-up-hook']],
    },
    {
      title: 'a module named pytest',
      reason: 'fail-to-pass-fails',
      changes: { 'pytest.py': succeed },
      takenBack: [['pytest.py', 'shadows-module']],
    },
    {
      title: 'a package named _pytest',
      reason: 'fail-to-pass-fails',
      changes: { '_pytest/__init__.py': succeed },
      takenBack: [['_pytest/__init__.py', 'shadows-module']],
    },
    {
      title: 'a module of the standard library that the runner imports',
      reason: 'fail-to-pass-fails',
      changes: { 'argparse.py': succeed },
      takenBack: [['argparse.py', 'shadows-module']],
    },
    {
      title: 'a compiled module',
      reason: 'fail-to-pass-fails',
      changes: { 'tally/core.cpython-311-x86_64-linux-gnu.so': new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0]) },
      takenBack: [['tally/core.cpython-311-x86_64-linux-gnu.so', 'compiled-code']],
    },
    {
      title: 'a link to files of the image',
      reason: 'fail-to-pass-fails',
      changes: { 'tally/site': { linkTo: '/opt/conda/envs/testbed/lib' } },
      takenBack: [['tally/site', 'link-outside']],
    },
  ])
})

const header = (path: string, mode = '100644') =>
  `diff --git a/${path} b/${path}\nnew file mode ${mode}\n--- /dev/null\n+++ b/${path}\n`

describe('a patch that leaves the repository', () => {
  neverResolves([
    {
      title: 'by a path above it',
      reason: 'patch-unusable',
      patch: `${header('../srv/x.py')}@@ -0,0 +1 @@\n+x\n`,
    },
    {
      title: 'into .git',
      reason: 'patch-unusable',
      patch: `${header('.git/hooks/post-checkout', '100755')}@@ -0,0 +1 @@\n+exit 0\n`,
    },
    {
      title: 'by a submodule',
      reason: 'patch-unusable',
      patch: `${header('vendor', '160000')}@@ -0,0 +1 @@\n+Subproject commit ${'a'.repeat(40)}\n`,
    },
    {
      title: 'through a link that it makes',
      reason: 'patch-unusable',
      patch: `${header('out', '120000')}@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n${header('out/x')}@@ -0,0 +1 @@\n+x\n`,
    },
  ])
})

describe('code under test that ends the run', () => {
  neverResolves([
    { title: 'with 0, by sys.exit', reason: 'fail-to-pass-fails', changes: wrong('import sys\n\nsys.exit(0)') },
    { title: 'with 0, at once', reason: 'not-a-test-run', changes: wrong('import os\n\nos._exit(0)') },
    {
      title: 'with 0, after it printed what a passing run prints',
      reason: 'not-a-test-run',
      changes: wrong(
        'import os\n\nos.write(1, b">>>>> Start Test Output\\nPASSED tests/test_core.py::test_average_of_nothing\\n3 passed in 0.01s\\n>>>>> End Test Output\\nOPENSWE_EXIT_CODE=0\\n")\nos._exit(0)',
      ),
    },
    { title: 'by a signal', reason: 'not-a-test-run', changes: wrong('import os\n\nos.kill(os.getpid(), 9)') },
    {
      title: 'by a full disk',
      reason: 'disk-limit',
      changes: wrong(
        'import time\n\nfor n in range(8):\n    with open("/srv/%d" % n, "wb") as file:\n        file.write(bytes(15 << 20))\ntime.sleep(60)',
      ),
    },
    {
      title: 'by all memory there is',
      reason: 'out-of-memory',
      changes: wrong('rest = []\nwhile True:\n    rest.append(bytearray(b"x" * (32 << 20)))'),
    },
    {
      title: 'never',
      reason: 'timed-out',
      changes: wrong('import time\n\ntime.sleep(600)'),
      options: { limits: { timeoutMs: 5_000 } },
    },
    {
      title: 'of each test, by skipping it',
      reason: 'fail-to-pass-fails',
      changes: withAverage('    import pytest\n\n    pytest.skip("later")\n'),
    },
    {
      title: 'of each test, by expecting it to fail',
      reason: 'fail-to-pass-fails',
      changes: withAverage('    import pytest\n\n    pytest.xfail("later")\n'),
    },
  ])
})

/** Finds the report's path as the runner was told it. */
const reportPath =
  'import os\nimport sys\n\npath = next(word for word in sys.argv if "junitxml" in word).split("=", 1)[1]\n'

/** What is said of the runs, whatever they are. */
const forgedReport = `${reportPath}
names = ("test_total", "test_average_of_nothing")
cases = ['<testcase classname="tests.test_core" name="%s"/>' % name for name in names]
cases.append('<testcase classname="tests.test_spread" name="test_spread"/>')
text = "<testsuites><testsuite>%s</testsuite></testsuites>" % "".join(cases)
os.makedirs(os.path.dirname(path), exist_ok=True)
`

const forgedReports = `import _pytest.reports

make = _pytest.reports.TestReport.from_item_and_call

def forged(item, call):
    report = make(item, call)
    if report.failed:
        report.outcome = "passed"
        report.longrepr = None
    return report

_pytest.reports.TestReport.from_item_and_call = forged
`

describe('code under test that answers for the tests', () => {
  neverResolves([
    { title: "by the runner's reports", reason: 'results-forged', changes: wrong(forgedReports) },
    {
      title: "by the runner's reports, of one file only",
      reason: 'results-forged',
      changes: {
        'tally/core.py': `${forgedReports.replace('if report.failed', 'if report.failed and "test_core" in item.nodeid')}\n${fixedModule.replace('raise ValueError("no values have no average")', 'return 0')}`,
      },
    },
    {
      title: 'by a text that nobody can read',
      reason: 'results-forged',
      changes: wrong(`import base64\n\nexec(base64.b64decode("${Buffer.from(forgedReports).toString('base64')}"))`),
    },
    {
      title: 'by names in letters that only look different',
      reason: 'results-forged',
      changes: wrong(forgedReports.replaceAll('_pytest', '_\uff50\uff59\uff54\uff45\uff53\uff54')),
    },
    {
      title: 'by tests that do nothing',
      reason: 'results-forged',
      changes: wrong('import _pytest.python\n\n_pytest.python.Function.runtest = lambda self: None'),
    },
    {
      title: 'by an assertion that accepts anything',
      reason: 'results-forged',
      changes: {
        'tally/core.py': fixedModule
          .replace('        raise ValueError("no values have no average")\n', '        return 0\n')
          .concat(
            '\n\nimport contextlib\n\nimport pytest\n\npytest.raises = lambda *_, **__: contextlib.nullcontext()\n',
          ),
      },
    },
    {
      title: 'by assert statements that are not compiled',
      reason: 'results-forged',
      changes: {
        'tally/core.py': `from _pytest.assertion import rewrite

def exec_module(self, module):
    source = open(module.__file__).read()
    exec(compile(source, module.__file__, "exec", optimize=1), module.__dict__)

rewrite.AssertionRewritingHook.exec_module = exec_module
${fixedModule.replace('max(values) - min(values)', '0')}`,
      },
    },
    {
      title: 'by a report of its own, before it ends the run',
      reason: 'results-forged',
      changes: wrong(`${forgedReport}open(path, "w").write(text)\nos._exit(0)`),
    },
    {
      title: 'by a report of its own, after the runner wrote one',
      reason: 'results-forged',
      changes: wrong(
        `${forgedReport}import atexit\n\n\n@atexit.register\ndef rewrite():\n    open(path, "w").write(text)\n    os._exit(0)`,
      ),
    },
    {
      title: 'by a process that rewrites the report behind the runner',
      reason: 'exit-code-disagrees',
      changes: wrong(
        `${forgedReport}import time\n\nif os.fork() == 0:\n    while True:\n        open(path + "-", "w").write(text)\n        os.replace(path + "-", path)`,
      ),
    },
    {
      title: 'by tests that it writes anew',
      reason: 'results-forged',
      changes: {
        'tally/core.py': `import pathlib\n\npathlib.Path("tests/test_spread.py").write_text("def test_spread():\\n    pass\\n")\n${fixedModule.replace('max(values) - min(values)', '0')}`,
      },
    },
    {
      title: 'by objects that equal everything',
      reason: 'equals-everything',
      changes: {
        'tally/core.py': fixedModule
          .replace(
            '    return sum(values)\n',
            '    return Sum()\n\n\nclass Sum(int):\n    def __eq__(self, other):\n        return True\n',
          )
          .replace('return total(numbers) / len(numbers)', 'return sum(numbers) / len(numbers)'),
      },
    },
  ])
})

describe('code under test that answers for the tests of unittest', () => {
  const options: GradeOptions = {
    command: { runner: 'unittest', argv: ['python', '-m', 'unittest', 'tests.test_unit'] },
    truth: {
      ...pytestTruth,
      FAIL_TO_PASS: ['tests.test_unit.SumTest.test_average_of_nothing'],
      PASS_TO_PASS: ['tests.test_unit.SumTest.test_total'],
    },
  }
  neverResolves([
    {
      title: 'by results',
      reason: 'results-forged',
      changes: wrong('import unittest\n\nunittest.TestResult.addFailure = lambda self, test, _: self.addSuccess(test)'),
      options,
    },
    {
      title: 'by assertions that accept anything',
      reason: 'results-forged',
      changes: wrong(
        'import contextlib\nimport unittest\n\nunittest.TestCase.assertEqual = lambda *_: None\nunittest.TestCase.assertRaises = lambda *_: contextlib.nullcontext()',
      ),
      options,
    },
    {
      title: 'by what is recorded of them',
      reason: 'results-forged',
      changes: wrong(
        'import atexit\nimport os\nimport record_common\n\n\ndef forged(path):\n    record_common.outcomes[:] = [(c, n, None, "") for c, n, _, _ in record_common.outcomes]\n    write(path)\n    os._exit(0)\n\n\nwrite = record_common.write\nrecord_common.write = forged',
      ),
      options,
    },
    { title: 'by ending the run', reason: 'not-a-test-run', changes: wrong('import os\n\nos._exit(0)'), options },
  ])

  test.concurrent('and an honest one is resolved, checked or not', async () => {
    const plain = await places.with(() => bench.grade(bench.patchOf({ 'tally/core.py': fixedModule }), options))
    expect(plain.outcome).toEqual({ kind: 'resolved' })
    const marked = bench.patchOf({ 'tally/core.py': `import sys\n\nMODULES = sys.modules\n${fixedModule}` })
    const checked = await places.with(() => bench.grade(marked, options))
    expect(checked.outcome).toEqual({ kind: 'resolved' })
    expect(checked.runs.length).toBe(2)
  })
})

describe('an honest patch', () => {
  const resolves = (title: string, changes: Files, more: { takenBack?: readonly string[]; isChecked?: boolean } = {}) =>
    test.concurrent(`${title} is resolved`, () =>
      places.with(async () => {
        const grade = await bench.grade(bench.patchOf(changes))
        expect(grade.outcome).toEqual({ kind: 'resolved' })
        expect(grade.takenBack.map(({ path }) => path)).toEqual([...(more.takenBack ?? [])])
        expect(grade.runs.map(({ purpose }) => purpose)).toEqual(more.isChecked ? ['grade', 'grade-canary'] : ['grade'])
      }))
  const gold = { 'tally/core.py': fixedModule }

  resolves('that is the gold patch', gold)
  resolves(
    'with tests of its own',
    { ...gold, 'tests/test_own.py': anyTest('test_own') },
    { takenBack: ['tests/test_own.py'] },
  )
  resolves(
    'with the same test',
    { ...gold, 'tests/test_core.py': oldTests + newTest },
    { takenBack: ['tests/test_core.py'] },
  )
  resolves(
    'with a conftest.py that is not needed',
    { ...gold, 'conftest.py': 'import tally\n' },
    { takenBack: ['conftest.py'] },
  )
  resolves('in another way', {
    'tally/core.py': fixedModule.replace(
      '    if not numbers:\n        raise ValueError("no values have no average")\n',
      '    if len(numbers) == 0:\n        raise ValueError(values)\n',
    ),
  })
  resolves('in a module of its own, with other settings of the project', {
    'tally/core.py': `from tally.averages import average\n${fixedModule.slice(0, fixedModule.indexOf('def average'))}${fixedModule.slice(fixedModule.indexOf('def spread'))}`,
    'tally/averages.py': `def average(values):\n    numbers = list(values)\n    if not numbers:\n        raise ValueError\n    return sum(numbers) / len(numbers)\n`,
    'setup.cfg': '[metadata]\nname = tally\nversion = 2\n[flake8]\nmax-line-length = 100\n',
    'README.md': 'Sums.\r\n',
    'logo.png': new Uint8Array([0x89, 0x50, 0, 1, 2]),
  })
  resolves(
    'that uses words which could reach the runner',
    {
      'tally/core.py': fixedModule.replace(
        '    numbers = list(values)\n',
        '    numbers = getattr(values, "num" + "bers", None) or list(values)\n',
      ),
    },
    { isChecked: true },
  )
  resolves('that replaces a file by a folder, and deletes others', {
    ...gold,
    'README.md': null,
    'README.md/text': 'Sums.\n',
  })

  test.concurrent('without its last line feed is resolved, and an empty one is not', async () => {
    const patch = bench.patchOf(gold)
    expect((await places.with(() => bench.grade(patch.trimEnd()))).outcome.kind).toBe('resolved')
    const empty = await places.with(() => bench.grade(''))
    expect(empty.outcome).toMatchObject({ kind: 'unresolved', reason: 'fail-to-pass-fails' })
  })

  test.concurrent('that was made for another commit is unresolved', async () => {
    const patch = bench.patchOf(gold).replaceAll(' def average', ' def mean')
    expect((await bench.grade(patch)).outcome).toMatchObject({ kind: 'unresolved', reason: 'patch-does-not-apply' })
  })
})
