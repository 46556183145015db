import { expect, test } from 'bun:test'
import { ciPythonVersions } from '../../../../src/authors/rules/parsers/ci-python-versions.ts'
import { iniLines, parseIni } from '../../../../src/authors/rules/parsers/ini.ts'
import { parseSetupCfg } from '../../../../src/authors/rules/parsers/setup-cfg.ts'
import { parseToxIni, pythonVersionsIn } from '../../../../src/authors/rules/parsers/tox-ini.ts'

test('reads INI sections with continuation lines and comments as configparser does', () => {
  const file = parseIni('[a]\nkey = one\n  two\n# no\n; no\nOther: x=y\nempty =\n  filled\n[b]\nbroken line\n')
  expect(iniLines(file.get('a')?.get('key'))).toEqual(['one', 'two'])
  expect(file.get('a')?.get('other')).toBe('x=y')
  expect(iniLines(file.get('a')?.get('empty'))).toEqual(['filled'])
  expect(file.get('b')?.size).toBe(0)
})

test('reads declarative metadata from setup.cfg', () => {
  const cfg = parseSetupCfg(`
[metadata]
name = demo
classifiers =
    Programming Language :: Python :: 3.7
[options]
python_requires = >=3.6
install_requires =
    attrs>=19  # why
    file: requirements.txt
setup_requires = setuptools-scm
[options.extras_require]
testing =
    mock
[tool:pytest]
addopts = -q
`)
  expect(cfg.name).toBe('demo')
  expect(cfg.installRequires).toEqual(['attrs>=19'])
  expect(cfg.setupRequires).toEqual(['setuptools-scm'])
  expect(cfg.extras.get('testing')).toEqual(['mock'])
  expect([cfg.pythonRequires, cfg.pytestOptions]).toEqual(['>=3.6', '-q'])
})

test('reads the plain tox environment without what stands behind a factor', () => {
  const tox = parseToxIni(`
[tox]
envlist = py{37,38}-{a,b}, py310, docs
[testenv]
extras = tests,reco
deps =
  -r requirements/tests.txt
  coverage<5
  dev: https://example.org/main.tar.gz
  {py27,py36}: mock
  {[base]deps}
commands = pytest {posargs}
[testenv:docs]
deps = sphinx
`)
  expect(tox.dependencies).toEqual(['-r requirements/tests.txt', 'coverage<5'])
  expect(tox.extras).toEqual(['tests', 'reco'])
  expect(tox.pythonVersions).toEqual(['3.7', '3.8', '3.10'])
})

test('reads Python versions of tox factors in all their forms', () => {
  expect(pythonVersionsIn('py27, py3{9,10}, py3.11, pypy3')).toEqual(['2.7', '3.9', '3.10', '3.11'])
})

test('reads Python versions of CI files, and no other numbers', () => {
  const workflow = `
    matrix:
      python-version: ['3.6', "3.10", 'pypy-3.7']
      include:
        - {name: Linux, python: '3.11', tox: py312}
      node: [3.14]
    env:
      VERSION: 3.15
  python:
    - 3.5
    - "3.8"
  other: 3.2
  `
  expect(ciPythonVersions(workflow).sort()).toEqual(['3.10', '3.11', '3.12', '3.5', '3.6', '3.8'])
})
