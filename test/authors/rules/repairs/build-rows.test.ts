import { expect, test } from 'bun:test'
import { buildRows, projectRows } from '../../../../src/authors/rules/repairs/build-rows.ts'
import { machineRows } from '../../../../src/authors/rules/repairs/machine-rows.ts'
import { buildFailure, type KeyOptions, keyFor, runFailure } from '../support.ts'

const backendError = 'error: The build backend returned an error\n  cause: Call to `x.build_editable` failed'
const ownFailure = 'error: Failed to build `demo @ file:///testbed`\n  cause: The build backend returned an error'
const isolated = { facts: { buildBackend: 'poetry.core.masonry.api' } }

const examples: readonly (readonly [string, string, KeyOptions?])[] = [
  ['error in anyjson setup command: use_2to3 is invalid.', 'use-2to3: build with setuptools<58'],
  ["ImportError: cannot import name 'Feature' from 'setuptools'", 'setuptools-feature: build with setuptools<46'],
  ['error: Multiple top-level packages discovered in a flat-layout', 'flat-layout: build with setuptools<61'],
  ["AttributeError: install_layout. has no attribute 'install_layout'", 'install-layout: build with setuptools<60'],
  ["ModuleNotFoundError: No module named 'distutils'", 'distutils-build: build with setuptools<81'],
  [
    "ModuleNotFoundError: No module named 'setuptools.command.test'",
    'setuptools-test-command: build with setuptools<72',
  ],
  [
    "InvalidConfigError: Invalid dash-separated key 'description-file'",
    'dash-separated-keys: build with setuptools<78',
  ],
  ["ModuleNotFoundError: No module named 'pkg_resources'", 'pkg-resources-build: build with setuptools<81'],
  [
    'configuration error: `project.license` must be valid exactly by one definition',
    'license-table: build with setuptools>=77',
  ],
  ['Cython.Compiler.Errors.CompileError: h5py/_conv.pyx', 'cython-3: build with cython<3'],
  ["ModuleNotFoundError: No module named 'numpy.distutils'", 'numpy-distutils: build with numpy<1.26'],
  ["error: 'PyArray_Descr' has no member named 'subarray'", 'numpy-2-build: build with numpy<2'],
  [
    "TypeError: __init__() got an unexpected keyword argument 'version_scheme'",
    'scm-too-new: build with setuptools-scm<8',
  ],
  [
    "AttributeError: module 'poetry.core.masonry.api' has no attribute 'build_editable'",
    'editable-hook-missing: build with any version of the tools it names',
    isolated,
  ],
  [
    "AttributeError: module 'setuptools.build_meta' has no attribute 'build_editable'",
    'editable-hook-missing: install the project as setup-develop',
  ],
  [
    'LookupError: setuptools-scm was unable to detect version for /testbed.',
    'version-from-tags: build with SETUPTOOLS_SCM_PRETEND_VERSION=1.2.dev3, PBR_VERSION=1.2.dev3, PDM_BUILD_SCM_VERSION=1.2.dev3',
    { facts: { pretendVersion: '1.2.dev3' } },
  ],
  [
    `${ownFailure}\nModuleNotFoundError: No module named 'numpy'`,
    'module-for-building: install numpy before the project',
  ],
  [
    backendError,
    'project-by-setup-develop: install the project as setup-develop',
    { files: { 'setup.py': 'setup()' } },
  ],
  [backendError, 'project-by-path: install the project as path-only', isolated],
]

for (const [log, key, options] of examples) {
  test(`${JSON.stringify(log)} is answered by ${key}`, async () => {
    expect(await keyFor(buildFailure(log), options)).toBe(key)
  })
}

test('every row has an example', () => {
  const named = new Set(examples.map(([, key]) => key.split(':')[0]))
  expect([...buildRows, ...projectRows].filter((row) => !named.has(row.name))).toEqual([])
})

test('a project that setup.py develop cannot install either is put on the path', async () => {
  const repair = { kind: 'install-mode', mode: 'setup-develop' }
  const guidance = [{ key: 'project-by-setup-develop: install the project as setup-develop', text: '', repair }]
  const key = await keyFor(buildFailure('RUN python setup.py develop --no-deps\nerror: it broke'), { guidance })
  expect(key).toBe('project-by-path: install the project as path-only')
})

const settings: readonly (readonly [string, string])[] = [
  ["UnicodeDecodeError: 'ascii' codec can't decode byte 0xe2", 'encoding: set LANG=C.UTF-8, LC_ALL=C.UTF-8'],
  ["ModuleNotFoundError: No module named 'tzdata'", 'time-zone-data: require tzdata'],
  ['LookupError: Can not find any timezone configuration', 'local-time-zone: set TZ=UTC'],
  [
    '_tkinter.TclError: no display name and no $DISPLAY environment variable',
    'display: set QT_QPA_PLATFORM=offscreen, MPLBACKEND=Agg',
  ],
  ['RuntimeError: Could not determine home directory.', 'home: set HOME=/root'],
  ["KeyError: 'LOGNAME'", 'user-name: set USER=root, LOGNAME=root, USERNAME=root'],
]

for (const [output, key] of settings) {
  test(`${JSON.stringify(output)} is answered by ${key}`, async () => {
    expect(await keyFor(runFailure(output))).toBe(key)
  })
}

test('every setting of the machine has an example', () => {
  const named = new Set(settings.map(([, key]) => key.split(':')[0]))
  const rows = machineRows.filter((row) => !row.name.startsWith('system-package-'))
  expect(rows.filter((row) => !named.has(row.name))).toEqual([])
})
