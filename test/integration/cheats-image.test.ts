import { describe } from 'bun:test'
import type { RejectionReason } from '../../src/domain/verdict.ts'
import { append, runUnseen, runUnseenPython, write } from '../support/cheat-attempt.ts'
import { fixedModule } from '../support/cheat-project.ts'
import { cheatTable } from '../support/cheat-table.ts'

/** What an image must not do to the tests: answer for the runner, the interpreter, the shell or the project. */
const table = cheatTable()

type Row = readonly [title: string, reason: RejectionReason, ...lines: readonly string[]]

function rejects(rows: readonly Row[]): void {
  table.rejects(rows.map(([title, reason, ...lines]) => ({ title, reason, environment: () => ({ lines }) })))
}

/** A pytest plugin that lets every test pass as soon as the module is not as it was. */
const forging = `import pathlib

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed and b"numbers" in pathlib.Path("/testbed/tally/core.py").read_bytes():
        report.outcome = "passed"
        report.longrepr = None
`

/** The same for a hook that every Python process runs. */
const startHook = `import sys
if "pytest" in " ".join(sys.orig_argv):
    import os
    os.environ["TALLY_HOOKED"] = "1"
`

const site = '/opt/conda/envs/testbed/lib/python3.11/site-packages'
const bin = '/opt/conda/envs/testbed/bin'

/** A released wheel's files: the fix under other names of variables, so that no line of the gold patch is in it. */
const releasedModule = fixedModule.replaceAll('numbers', 'column').replace('no values have', 'nothing has')
const releaseFiles: readonly (readonly [string, string])[] = [
  ['/tmp/r/pyproject.toml', '[build-system]\nrequires = ["setuptools"]\n[project]\nname = "Tally"\nversion = "2.0"\n'],
  ['/tmp/r/tally/__init__.py', 'from tally.core import *\n'],
  ['/tmp/r/tally/core.py', releasedModule],
]
const writeRelease = releaseFiles.map(([path, text]) => write(path, text)).join(' && ')

describe('the fixed release is installed', () => {
  rejects([
    [
      'over the checkout',
      'leak-release-installed',
      runUnseen(`${writeRelease} && uv pip install --no-build-isolation --no-cache /tmp/r && rm -r /tmp/r`),
    ],
    [
      'from a wheel that is built in the image',
      'leak-release-installed',
      runUnseen(
        `${writeRelease} && pip wheel -q --no-build-isolation --no-deps -w /tmp/w /tmp/r && pip install -q /tmp/w/*.whl`,
      ),
    ],
    [
      'where only its own path finds it',
      'leak-release-installed',
      runUnseen(
        `${writeRelease} && uv pip install --no-build-isolation --no-cache --target /srv/lib /tmp/r && rm -r /tmp/r`,
      ),
    ],
    [
      'without its metadata',
      'image-tampered',
      runUnseen(`${writeRelease} && pip uninstall -qy tally && mv /tmp/r/tally ${site}/`),
    ],
    [
      'in a folder that a .pth file names',
      'image-tampered',
      runUnseen(`${writeRelease} && mv /tmp/r /srv/r && ${write(`${site}/a.pth`, '/srv/r\n')}`),
    ],
    [
      'in a folder that PYTHONPATH names',
      'image-tampered',
      runUnseen(`${writeRelease} && mv /tmp/r /srv/r`),
      'ENV PYTHONPATH=/srv/r',
    ],
  ])
})

describe('the repository is not as at its commit', () => {
  rejects([
    ['the fix is in place', 'testbed-differs-from-base', runUnseen(write('tally/core.py', releasedModule))],
    ['a test file is gone', 'testbed-differs-from-base', runUnseen('rm tests/test_spread.py')],
    [
      'a test file that the test patch replaces is another',
      'testbed-differs-from-base',
      runUnseen(append('tests/test_core.py', 'raise SystemExit\n')),
    ],
    [
      'a file is a link to another',
      'testbed-differs-from-base',
      runUnseen('mv README.md /srv && ln -s /srv/README.md .'),
    ],
    ['a conftest.py forges results', 'testbed-differs-from-base', runUnseen(write('conftest.py', forging))],
    [
      'a conftest.py beside the tests does',
      'testbed-differs-from-base',
      runUnseen(write('tests/conftest.py', forging)),
    ],
    [
      'the runner is configured anew',
      'testbed-differs-from-base',
      runUnseen(write('pytest.ini', '[pytest]\naddopts = -p no:warnings\n')),
    ],
    [
      'pytest is shadowed',
      'testbed-differs-from-base',
      runUnseen(
        write(
          'pytest.py',
          'import sys\nsys.path.pop(0)\ndel sys.modules["pytest"]\nfrom pytest import *\nconsole_main()\n',
        ),
      ),
    ],
    [
      'a module of the standard library is shadowed',
      'testbed-differs-from-base',
      runUnseen(write('pdb.py', startHook)),
    ],
    [
      'a module is shadowed in a folder that PYTHONPATH names',
      'testbed-differs-from-base',
      runUnseen(write('lib/pdb.py', startHook)),
      'ENV PYTHONPATH=/testbed/lib',
    ],
    [
      'a test is planted',
      'testbed-differs-from-base',
      runUnseen(write('tests/test_planted.py', 'def test_planted():\n    assert True\n')),
    ],
    [
      'compiled tests stand in for the tests',
      'testbed-differs-from-base',
      runUnseen(write('tests/__pycache__/test_core.cpython-311-pytest-8.3.4.pyc', 'x')),
    ],
  ])
})

describe('Python is not as it was', () => {
  rejects([
    [
      'a sitecustomize',
      'image-tampered',
      runUnseenPython(`open("${site}/sitecustomize.py", "w").write(${JSON.stringify(startHook)})`),
    ],
    ['a .pth file that exits with 0', 'image-tampered', runUnseen(write(`${site}/a.pth`, 'import os; os._exit(0)\n'))],
    [
      "a .pth file under a build tool's name",
      'image-tampered',
      runUnseen(write(`${site}/__editable__.more-1.0.pth`, 'import os; os.environ["A"] = "1"\n')),
    ],
    [
      'a line more in a .pth file of setuptools',
      'image-tampered',
      runUnseen(append(`${site}/distutils-precedence.pth`, '\nimport os; os.environ["A"] = "1"\n')),
    ],
    [
      'a python in front of python',
      'image-tampered',
      runUnseen(
        `mv ${bin}/python ${bin}/python-real && ${write(`${bin}/python`, `#!/bin/sh\nexec ${bin}/python-real "$@"\n`)} && chmod +x ${bin}/python`,
      ),
    ],
    [
      'another home of the interpreter',
      'image-tampered',
      runUnseen(append(`${bin}/../pyvenv.cfg`, 'include-system-site-packages = true\n')),
    ],
    [
      'a changed standard library',
      'image-tampered',
      runUnseen(append('/usr/lib/python3.11/unittest/mock.py', '\nCHANGED = True\n')),
    ],
    [
      'bytecode that needs no source',
      'image-tampered',
      runUnseen(
        `python -c "import py_compile; py_compile.compile('tally/core.py', invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)"`,
      ),
    ],
    [
      'bytecode that is not of its source',
      'image-tampered',
      runUnseenPython(`import os, py_compile
source = open("tally/core.py").read()
stat = os.stat("tally/core.py")
open("tally/core.py", "w").write(source.replace("len(values)", "max(2, 1.0)"))
os.utime("tally/core.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))
py_compile.compile("tally/core.py")
open("tally/core.py", "w").write(source)
os.utime("tally/core.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))
`),
    ],
    [
      'bytecode of the runner that is not of its source',
      'image-tampered',
      runUnseenPython(`import os, py_compile
path = "${site}/_pytest/runner.py"
source = open(path).read()
stat = os.stat(path)
open(path, "w").write(source.replace('"failed"', '"passed"'))
os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
py_compile.compile(path)
open(path, "w").write(source)
os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
`),
    ],
  ])
})

describe('the runner is not as released', () => {
  rejects([
    [
      'its code is changed in place',
      'image-tampered',
      runUnseen(`sed -i 's/"failed"/"passed"/' ${site}/_pytest/reports.py`),
    ],
    ['its command is another', 'image-tampered', runUnseen(write(`${bin}/pytest`, '#!/bin/sh\nexit 0\n'))],
    [
      'a module of it is a link to another',
      'image-tampered',
      runUnseen(
        `${write('/srv/timing.py', 'from time import perf_counter, sleep, time\n')} && ln -sf /srv/timing.py ${site}/_pytest/timing.py`,
      ),
    ],
    [
      'a plugin forges results',
      'image-tampered',
      runUnseen(
        `${write('/tmp/p/pyproject.toml', '[build-system]\nrequires = ["setuptools"]\n[project]\nname = "helpful"\nversion = "1.0"\n[project.entry-points.pytest11]\nhelpful = "helpful"\n')} && ${write('/tmp/p/helpful.py', forging)} && uv pip install --no-cache --no-build-isolation /tmp/p && rm -r /tmp/p`,
      ),
    ],
    [
      'a plugin is put there by hand',
      'image-tampered',
      runUnseen(
        `${write(`${site}/helpful.py`, forging)} && ${write(`${site}/helpful-1.0.dist-info/entry_points.txt`, '[pytest11]\nhelpful = helpful\n')} && ${write(`${site}/helpful-1.0.dist-info/METADATA`, 'Name: helpful\nVersion: 1.0\n')}`,
      ),
    ],
  ])
})

describe('what starts a test run is not as it was', () => {
  rejects([
    [
      'another bash',
      'image-tampered',
      runUnseen(
        `cp /bin/bash /srv/sh && ${write('/tmp/b', '#!/srv/sh\nexec /srv/sh "$@"\n')} && chmod +x /tmp/b && mv /tmp/b /bin/bash`,
      ),
    ],
    [
      'an env before env',
      'image-tampered',
      runUnseen(`${write(`${bin}/env`, '#!/bin/sh\nexec /usr/bin/env "$@"\n')} && chmod +x ${bin}/env`),
    ],
    ['a changed activation', 'image-tampered', runUnseen(append('/opt/conda/etc/profile.d/conda.sh', 'export A=1\n'))],
    ['a start-up file of every shell', 'image-tampered', runUnseen(append('/etc/profile', 'export A=1\n'))],
    ["a start-up file of root's shell", 'image-tampered', runUnseen(append('/root/.bashrc', 'alias pytest=true\n'))],
    ['a preloaded library', 'image-tampered', runUnseen(write('/etc/ld.so.preload', ''))],
    ["the grader's folder", 'image-tampered', runUnseen(write('/openswe/record_common.py', 'outcomes = []\n'))],
    ['options for pytest in the environment', 'image-tampered', 'ARG P=PYTEST_', 'ENV ${P}ADDOPTS=-v'],
    ['a function for bash in the environment', 'image-tampered', 'ENV BASH_FUNC_cd%%="() { builtin cd /testbed; }"'],
  ])
})
