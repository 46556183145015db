import { expect, test } from 'bun:test'
import { parseCondaEnvironment } from '../../../../src/authors/rules/parsers/conda-environment.ts'
import { parseNoxfile } from '../../../../src/authors/rules/parsers/noxfile.ts'
import { pipInstallsIn } from '../../../../src/authors/rules/parsers/pip-install.ts'
import { parseRequirement, requirementText } from '../../../../src/authors/rules/parsers/requirement.ts'
import { readRequirementsFile } from '../../../../src/authors/rules/parsers/requirements-file.ts'

const requirements: readonly (readonly [string, string | null])[] = [
  ['PyYAML', 'pyyaml'],
  ['zope.interface >= 5', 'zope-interface>=5'],
  ['a[b, c]>=1,<2 ; python_version < "3.8"  # why', 'a[b,c]>=1,<2 ; python_version < "3.8"'],
  ['requests (>=2.0)', 'requests>=2.0'],
  ['attrs==21.2.0 --hash=sha256:00', 'attrs==21.2.0'],
  ['mypy @ git+https://example.org/mypy', null],
  ['git+https://example.org/x.git#egg=x', null],
  ['./plugins/example', null],
  ['-e .', null],
  ['{env:EXTRA:}', null],
  ['', null],
]

for (const [line, read] of requirements) {
  test(`reads ${JSON.stringify(line)} as ${read ?? 'nothing an index serves'}`, () => {
    const requirement = parseRequirement(line)
    expect(requirement === null ? null : requirementText(requirement)).toBe(read)
  })
}

test('follows includes of a requirements file, its own extras apart, and ends where files include each other', async () => {
  const files: Record<string, string> = {
    'requirements/test.txt':
      '-r base.txt\n-c ../constraints.txt\n-e .[extra]\npytest \\\n  >=6\n--index-url https://x\n',
    'requirements/base.txt': '# nothing\n-r test.txt\nattrs ; python_version >= "3"\ngit+https://x/y\n',
    'constraints.txt': 'attrs<20\n',
  }
  const read = await readRequirementsFile('requirements/test.txt', async (path) => files[path] ?? null)
  expect(read?.requirements.map(requirementText)).toEqual(['attrs ; python_version >= "3"', 'pytest>=6'])
  expect(read?.projectExtras).toEqual(['extra'])
})

test('reads what pip is told to install in a workflow', () => {
  const installs = pipInstallsIn(`
    - run: |
        python -m pip install -U pip wheel "attrs>=20" 'mock; python_version<"3"'
        pip install -r requirements/test.txt -e .[tests] && pytest
        pip3 install \\
          numpy git+https://example.org/x
        python -m pip install --index-url https://mirror foo
  `)
  expect(installs).toEqual([
    { requirements: ['pip', 'wheel', 'attrs>=20', 'mock; python_version<"3"'], files: [], extras: [] },
    { requirements: [], files: ['requirements/test.txt'], extras: ['tests'] },
    { requirements: ['numpy'], files: [], extras: [] },
    { requirements: ['foo'], files: [], extras: [] },
  ])
})

test('reads what nox sessions install', () => {
  const sessions = parseNoxfile(`
@nox.session(python=["3.8"])
def tests(session):
    session.install("-r", "dev.txt")
    session.install(".[test]", "coverage[toml]")
    session.run("pytest")
def lint(session):
    session.run("flake8")
`)
  expect(sessions).toEqual([{ name: 'tests', installs: ['-r', 'dev.txt', '.[test]', 'coverage[toml]'] }])
})

test('reads a conda environment in the names of the package index', () => {
  const names = parseCondaEnvironment(`
dependencies:
  - python=3.8
  - numpy=1.19
  - conda-forge::matplotlib-base >=3
  - pytorch
  - pip:
    - attrs
    - -e .
`)
  expect(names).toEqual(['numpy==1.19.*', 'matplotlib>=3', 'torch', 'attrs'])
})
