import { expect, test } from 'bun:test'
import { parsePyproject, poetrySpecifier } from '../../../../src/authors/rules/parsers/pyproject.ts'

test('reads PEP 621 metadata, its extras and its build system', () => {
  const project = parsePyproject(`
[build-system]
requires = ["hatchling", "hatch-vcs"]
build-backend = "hatchling.build"
[project]
name = "Demo"
requires-python = ">=3.8"
dependencies = ["a>=1; python_version < '3.10'"]
dynamic = ["version"]
[project.optional-dependencies]
test = ["pytest", "mock"]
[tool.hatch.version]
source = "vcs"
[tool.pytest.ini_options]
addopts = ["-q", "--cov"]
`)
  expect(project?.name).toBe('Demo')
  expect(project?.dependencies).toEqual(["a>=1; python_version < '3.10'"])
  expect(project?.extras.get('test')).toEqual(['pytest', 'mock'])
  expect(project?.buildBackend).toBe('hatchling.build')
  expect(project?.usesScmVersion).toBe(true)
  expect(project?.pytestOptions).toBe('-q --cov')
  expect(project?.isProject).toBe(true)
})

test('reads dependency groups with their includes, once each where they include each other', () => {
  const project = parsePyproject(`
[dependency-groups]
test = ["pytest", {include-group = "base"}]
base = ["attrs", {include-group = "test"}]
`)
  expect(project?.groups.get('test')).toEqual(['pytest', 'attrs'])
})

test('reads poetry dependencies, groups and extras, without what is optional or not from an index', () => {
  const project = parsePyproject(`
[tool.poetry]
name = "p"
[tool.poetry.dependencies]
python = "^3.8"
requests = "^2.1"
rich = {version = ">=10", extras = ["jupyter"], markers = "os_name == 'posix'"}
local = {path = "../x"}
extra = {version = "1.0", optional = true}
[tool.poetry.dev-dependencies]
pytest = "*"
[tool.poetry.group.test.dependencies]
hypothesis = "~6.1"
`)
  expect(project?.pythonRequires).toBe('^3.8')
  expect(project?.dependencies).toEqual(['requests>=2.1,<3', "rich[jupyter]>=10 ; os_name == 'posix'"])
  expect(project?.groups.get('dev')).toEqual(['pytest'])
  expect(project?.groups.get('test')).toEqual(['hypothesis>=6.1,<6.2'])
})

test('reads pdm, hatch, uv and flit tables', () => {
  const project = parsePyproject(`
[tool.pdm.dev-dependencies]
test = ["pytest"]
[tool.hatch.envs.default]
dependencies = ["coverage"]
[tool.uv]
dev-dependencies = ["ruff"]
[tool.flit.metadata]
module = "demo"
requires = ["click"]
requires-python = ">=3.6"
[tool.flit.metadata.requires-extra]
test = ["mock"]
`)
  expect(project?.name).toBe('demo')
  expect(project?.dependencies).toEqual(['click'])
  expect(project?.extras.get('test')).toEqual(['mock'])
  expect(Object.fromEntries(project?.groups ?? [])).toEqual({ test: ['pytest'], default: ['coverage'], dev: ['ruff'] })
})

const specifiers: readonly (readonly [string, string])[] = [
  ['^1.2.3', '>=1.2.3,<2'],
  ['^0.2', '>=0.2,<0.3'],
  ['~1.2', '>=1.2,<1.3'],
  ['~1', '>=1,<2'],
  ['1.4', '==1.4'],
  ['>=1,<3', '>=1,<3'],
  ['*', ''],
  ['^1 || ^2', ''],
]

for (const [written, read] of specifiers) {
  test(`poetry's ${written} is ${read || 'any version'}`, () => {
    expect(poetrySpecifier(written)).toBe(read)
  })
}

test('is null for text that is not TOML', () => {
  expect(parsePyproject('[tool')).toBeNull()
})
