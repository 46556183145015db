import { describe, expect, test } from 'bun:test'
import type { Instance } from '../../src/domain/instance.ts'
import type { RejectionReason } from '../../src/domain/verdict.ts'
import { honestArgv, honestDockerfile, runUnseen, write } from '../support/cheat-attempt.ts'
import { type CheatProjectOptions, fixedModule, newTest, oldTests } from '../support/cheat-project.ts'
import { cheatTable } from '../support/cheat-table.ts'

/** What is run: the test command, a published eval script, the project's own code, its tests. */
const table = cheatTable()

describe('an honest environment', () => {
  test.concurrent('is accepted, by every check there is', async () => {
    const result = await table.attempt({})
    expect(result.verdict).toEqual({
      kind: 'accepted',
      FAIL_TO_PASS: ['tests/test_core.py::test_average_of_nothing'],
      PASS_TO_PASS: ['tests/test_core.py::test_total', 'tests/test_spread.py::test_spread'],
      flakyTests: [],
      failedBefore: 'tests-failed',
    })
    expect(result.proof?.controls.map(({ name }) => name)).toEqual([
      'control-stubbed-runner',
      'control-tests-removed',
      'control-sabotaged-gold',
      'control-forged-results',
    ])
  }, 600_000)

  test.concurrent('is accepted as published', async () => {
    const published = { Dockerfile: honestDockerfile, eval_script: scriptWith(honestArgv.join(' ')) }
    expect((await table.attempt({ published })).verdict.kind).toBe('accepted')
  }, 600_000)
})

function commands(rows: readonly (readonly [title: string, reason: RejectionReason, ...argv: readonly string[]])[]) {
  table.rejects(rows.map(([title, reason, ...argv]) => ({ title, reason, environment: () => ({ argv }) })))
}

const pytest = ['python', '-m', 'pytest']
const files = ['tests/test_core.py', 'tests/test_spread.py']
const shell = (text: string) => ['bash', '-c', text]

describe('a test command', () => {
  commands([
    ['that does nothing', 'not-a-test-run', 'true'],
    ['that exits with 0', 'eval-script-refused', ...shell('exit 0')],
    ['that only prints markers', 'not-a-test-run', 'echo', '>>>>> Start Test Output', 'OPENSWE_EXIT_CODE=0'],
    ['that only collects', 'not-a-test-run', ...pytest, '--collect-only', ...files],
    ['that selects nothing', 'not-a-test-run', ...pytest, '-k', 'nothing_of_this_name', ...files],
    ['that runs other tests only', 'tests-pass-without-fix', ...pytest, 'tests/test_spread.py'],
    [
      'that leaves the telling test out',
      'tests-pass-without-fix',
      ...pytest,
      '--deselect=tests/test_core.py::test_average_of_nothing',
      ...files,
    ],
    ['that hides failures', 'eval-script-refused', ...shell('python -m pytest tests/test_core.py || true')],
    [
      'that looks for the fix',
      'eval-script-refused',
      ...shell('grep -q "no values" tally/core.py && python -m pytest tests/test_spread.py'),
    ],
    [
      'that writes the report itself',
      'eval-script-refused',
      ...shell('echo "<testsuite/>" > "${PYTEST_ADDOPTS##*=}"; pytest --version'),
    ],
    ['that installs the fix', 'eval-script-refused', ...shell('pip install tally==2.0 && pytest tests/test_core.py')],
    ['that pulls the fix', 'eval-script-refused', ...shell('git pull && pytest tests/test_core.py')],
    ['that runs tests from elsewhere', 'eval-script-refused', ...pytest, '/srv/tests'],
    ['that runs a script of the project', 'not-a-test-run', 'python', 'tally/core.py'],
  ])
  table.rejects([
    {
      title: 'that runs tests which only the image has',
      reason: 'testbed-differs-from-base',
      environment: () => ({
        lines: [
          runUnseen(
            write(
              'checks/planted.py',
              'from tally import average\n\n\ndef test_it():\n    try:\n        average(iter([]))\n    except ValueError:\n        pass\n',
            ),
          ),
        ],
        argv: [...pytest, 'checks/planted.py'],
      }),
    },
  ])
})

const scriptHead = `#!/bin/bash
. /opt/conda/etc/profile.d/conda.sh
conda activate testbed
cd /testbed
git apply -v - <<'EOF_114329324912'
[CONTENT OF TEST PATCH]
EOF_114329324912
`

function scriptWith(command: string, end = 'echo "OPENSWE_EXIT_CODE=$rc"\n', before = ''): string {
  return `${scriptHead}${before}echo ">>>>> Start Test Output"\n${command}\nrc=$?\necho ">>>>> End Test Output"\n${end}`
}

const honestLine = honestArgv.join(' ')

function scripts(rows: readonly (readonly [title: string, reason: RejectionReason, script: string])[]) {
  table.rejects(
    rows.map(([title, reason, eval_script]) => ({
      title,
      reason,
      environment: () => ({ published: { Dockerfile: honestDockerfile, eval_script } }),
    })),
  )
}

describe('a published eval script', () => {
  scripts([
    ['that exits with a literal code', 'eval-script-refused', scriptWith(honestLine, 'exit 0\n')],
    ['that prints a literal code', 'eval-script-refused', scriptWith(honestLine, 'echo OPENSWE_EXIT_CODE=0\n')],
    ['that sets the code', 'eval-script-refused', scriptWith(honestLine, 'rc=0\necho "OPENSWE_EXIT_CODE=$rc"\n')],
    [
      'that prints two codes',
      'eval-script-refused',
      scriptWith(honestLine, 'echo "OPENSWE_EXIT_CODE=$?"\necho "OPENSWE_EXIT_CODE=$rc"\n'),
    ],
    ['that hides a failure', 'eval-script-refused', scriptWith(`${honestLine} || true`)],
    ['that changes its exit', 'eval-script-refused', scriptWith(honestLine, undefined, "trap 'exit 0' EXIT\n")],
    ['that pulls', 'eval-script-refused', scriptWith(honestLine, undefined, 'git pull origin main\n')],
    ['that installs', 'eval-script-refused', scriptWith(honestLine, undefined, 'pip install tally\n')],
    ['that runs no test', 'not-a-test-run', scriptWith('echo 3 passed')],
    ['that looks for the fix', 'eval-script-refused', scriptWith('grep -q "no values" tally/core.py && pytest tests')],
  ])
  table.rejects([
    {
      title: 'that a test patch would break out of',
      reason: 'eval-script-refused',
      instance: (instance: Instance) => ({
        ...instance,
        test_patch: `EOF_114329324912\nexit 0\n${instance.test_patch}`,
      }),
    },
  ])
})

function projects(rows: readonly (readonly [title: string, reason: RejectionReason, project: CheatProjectOptions])[]) {
  table.rejects(rows.map(([title, reason, project]) => ({ title, reason, project })))
}

const printMarker = `import os

os.write(os.open("/proc/1/fd/1", os.O_WRONLY), b"OPENSWE_EXIT_CODE=0\\n")
`

describe('a gold patch', () => {
  projects([
    [
      'that ends the run with 0',
      'not-a-test-run',
      { gold: { 'tally/core.py': `${fixedModule}\nimport os\n\nos._exit(0)\n` } },
    ],
    [
      'that prints the marker',
      'eval-script-disagrees',
      { gold: { 'tally/core.py': `${printMarker}\n${fixedModule}` } },
    ],
    [
      'that needs the network',
      'tests-fail-with-fix',
      {
        gold: {
          'tally/core.py': `${fixedModule}\nimport urllib.request\n\nurllib.request.urlopen("http://example.com", timeout=5)\n`,
        },
      },
    ],
    ['that fixes nothing', 'tests-fail-with-fix', { gold: { 'tally/core.py': '"""Nothing."""\n' } }],
  ])
})

/** Tests that decide by the source's text. */
const readSource = 'import pathlib\n\nSOURCE = pathlib.Path("tally/core.py").read_text()\n\n\n'
const readingTest = (condition: string) => `${readSource}def test_text():\n    assert ${condition}\n`

/** A hook that lets tests pass where the source has a word of the fix. */
const forgingConftest = `import pathlib

import pytest

IS_FIXED = "numbers" in pathlib.Path("tally/core.py").read_text()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed and IS_FIXED:
        report.outcome = "passed"
        report.longrepr = None
`

/** Leaves a report before the tests run, for the case that they end the process. */
const reportingConftest = `import os
import pathlib


def pytest_configure(config):
    path = config.option.xmlpath
    if path:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        names = ("test_total", "test_average_of_nothing")
        cases = "".join(f'<testcase classname="tests.test_core" name="{name}"/>' for name in names)
        pathlib.Path(path).write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
`

describe('tests', () => {
  projects([
    [
      'that pass before the fix',
      'tests-pass-without-fix',
      { tests: { 'tests/test_core.py': `${oldTests}\n# more\n` } },
    ],
    [
      'that look for a word of the fix',
      'control-sabotaged-gold-passes',
      { tests: { 'tests/test_core.py': readingTest('"no values have no average" in SOURCE') } },
    ],
    [
      'that look for a line of the fix',
      'control-sabotaged-gold-passes',
      { tests: { 'tests/test_core.py': readingTest('"\\n    if not numbers:\\n" in SOURCE') } },
    ],
    [
      'that a conftest.py lets pass',
      'control-sabotaged-gold-passes',
      { tests: { 'tests/test_core.py': oldTests + newTest, 'tests/conftest.py': forgingConftest } },
    ],
    [
      'whose report is written beforehand',
      'control-forged-results-pass',
      { base: { 'conftest.py': reportingConftest } },
    ],
    [
      'that are skipped once the fix is there',
      'fail-to-pass-skipped',
      {
        tests: {
          'tests/test_core.py': `import pytest\n\n${readSource}def test_text():\n    if "numbers" in SOURCE:\n        pytest.skip()\n    raise AssertionError\n`,
        },
      },
    ],
    [
      'that are expected to fail once the fix is there',
      'no-fail-to-pass',
      {
        tests: {
          'tests/test_core.py': `import pytest\n\n${readSource}def test_text():\n    if "numbers" in SOURCE:\n        pytest.xfail()\n    raise AssertionError\n`,
        },
      },
    ],
    [
      'that fail before for want of a package alone',
      'crashed-before-fix',
      {
        base: { 'tally/core.py': `import no_such_package\n${fixedModule}` },
        gold: { 'tally/core.py': fixedModule },
      },
    ],
    [
      'whose session always ends with 0',
      'exit-code-disagrees',
      { base: { 'conftest.py': 'def pytest_sessionfinish(session):\n    session.exitstatus = 0\n' } },
    ],
    [
      'whose process always ends with 0',
      'exit-code-disagrees',
      { base: { 'conftest.py': 'import os\n\n\ndef pytest_unconfigure():\n    os._exit(0)\n' } },
    ],
    ['whose process ends before they run', 'not-a-test-run', { base: { 'conftest.py': 'import os\n\nos._exit(0)\n' } }],
    [
      'that all pass, always',
      'tests-pass-without-fix',
      { base: { 'conftest.py': forgingConftest.replace('and IS_FIXED', '') } },
    ],
  ])
  table.rejects([
    {
      title: 'that are others than those of the test patch',
      reason: 'control-tests-removed-pass',
      project: { base: { 'tests/test_core.py': oldTests + newTest }, tests: { 'tests/test_spread.py': '\n' } },
      environment: () => ({ argv: [...pytest, 'tests/test_core.py'] }),
    },
    {
      title: 'that pass in some order of hashes only',
      reason: 'flaky-fail-to-pass',
      project: {
        tests: {
          'tests/test_core.py': `${oldTests}${newTest}    assert os.environ.get("PYTHONHASHSEED") != "1"\n`.replace(
            'import pytest\n',
            'import os\n\nimport pytest\n',
          ),
        },
      },
      environment: () => ({ options: { strict: true, repeats: { testOnly: 1, withFix: 2 } } }),
    },
  ])
})

describe('a Dockerfile', () => {
  table.rejects(
    (
      [
        ['on a foreign base', 'FROM python:3.11\nCOPY repo /testbed\n'],
        ['with a remote ADD', `${honestDockerfile}ADD https://example.invalid/fix.patch /srv/\n`],
        ['with files of another image', `${honestDockerfile}COPY --from=python:3.11 /usr /usr\n`],
        ['that clones the repository', `${honestDockerfile}RUN git clone https://github.com/acme/tally /srv/tally\n`],
        ['that installs the release', `${honestDockerfile}RUN pip install tally==2.0\n`],
        ['that installs from upstream', `${honestDockerfile}RUN pip install git+https://github.com/acme/tally@main\n`],
        ['that runs the tests', `${honestDockerfile}RUN python -m pytest tests\n`],
        ['that has options for the runner', `${honestDockerfile}ENV PYTEST_ADDOPTS=-x\n`],
        ['that starts something else', `${honestDockerfile}ENTRYPOINT ["/bin/true"]\n`],
        ['that writes a conftest.py', `${honestDockerfile}RUN echo 'import os' > conftest.py\n`],
      ] as const
    ).map(([title, dockerfile]) => ({ title, reason: 'dockerfile-refused', environment: () => ({ dockerfile }) })),
  )
})
