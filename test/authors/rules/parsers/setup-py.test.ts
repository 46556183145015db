import { expect, test } from 'bun:test'
import { parseSetupPy } from '../../../../src/authors/rules/parsers/setup-py.ts'

test('reads literal arguments of setup()', () => {
  const setup = parseSetupPy(`
from setuptools import setup
setup(
    name="Demo", python_requires='>=3.6',
    install_requires=["a>=1", 'b',  # a comment
    ],
    tests_require=["pytest"], setup_requires=("wheel",),
    extras_require={"test": ["mock", "nose"], 'docs': []},
    classifiers=["Programming Language :: Python :: 3.7"],
)`)
  expect(setup.name).toBe('Demo')
  expect(setup.pythonRequires).toBe('>=3.6')
  expect(setup.installRequires).toEqual(['a>=1', 'b'])
  expect(setup.testsRequire).toEqual(['pytest'])
  expect(setup.setupRequires).toEqual(['wheel'])
  expect([...setup.extras]).toEqual([
    ['test', ['mock', 'nose']],
    ['docs', []],
  ])
  expect(setup.classifiers).toEqual(['Programming Language :: Python :: 3.7'])
})

test('follows names, sums, additions by key, append and extend', () => {
  const setup = parseSetupPy(`
VERSION = '0.19'
REQUIRES = ['mpmath>=%s' % VERSION]
REQUIRES.append("six")
REQUIRES += ["attrs"]
EXTRAS = {'reco': ['simplejson'], 'tests': ['pytest',]}
EXTRAS['dev'] = (
    EXTRAS['reco'] +
    EXTRAS['tests'] + ['tox']
)
def main():
    setup(name=NAME, install_requires=REQUIRES, extras_require=EXTRAS)
NAME = "late"
`)
  expect(setup.installRequires).toEqual(['mpmath>=0.19', 'six', 'attrs'])
  expect(setup.extras.get('dev')).toEqual(['simplejson', 'pytest', 'tox'])
  expect(setup.name).toBe('late')
})

test('takes keyword arguments from dict literals and dict() calls', () => {
  const literal = parseSetupPy(`opts = {"name": "a", "install_requires": ["x"]}\nsetup(**opts)`)
  expect([literal.name, literal.installRequires]).toEqual(['a', ['x']])
  const called = parseSetupPy(`opts = dict(name="b", install_requires=["y"],)\nsetup(packages=find_packages(), **opts)`)
  expect([called.name, called.installRequires]).toEqual(['b', ['y']])
})

test('takes the branch of Python 3', () => {
  const setup = parseSetupPy(`
TESTS = ['pytest<5'] if sys.version_info[0] == 2 else ['pytest']
OTHER = ['new'] if PY3 else ['old']
setup(tests_require=TESTS, install_requires=OTHER)`)
  expect([setup.testsRequire, setup.installRequires]).toEqual([['pytest'], ['new']])
})

test('knows format strings and implicit concatenation', () => {
  const setup = parseSetupPy(`V = "2"\nsetup(install_requires=[f"a>={V}", "b>={}".format(V), "c" ">=1"])`)
  expect(setup.installRequires).toEqual(['a>=2', 'b>=2', 'c>=1'])
})

test('leaves out what only a run would tell, and names the files that are read', () => {
  const setup = parseSetupPy(`
reqs = [line.strip() for line in open('requirements/base.txt')]
setup(name=get_name(), install_requires=reqs, ext_modules=[Extension("a", ["a.c"])])`)
  expect(setup.name).toBeNull()
  expect(setup.installRequires).toEqual([])
  expect(setup.requirementsFiles).toEqual(['requirements/base.txt'])
})

test('recognises versions that come from tags', () => {
  expect(parseSetupPy('setup(use_scm_version={"write_to": "x.py"})').usesScmVersion).toBe(true)
  expect(parseSetupPy('setup(setup_requires=["pbr"], pbr=True)').usesScmVersion).toBe(true)
  expect(parseSetupPy('setup(name="a")').usesScmVersion).toBe(false)
})

test('survives text that is not Python', () => {
  expect(parseSetupPy('setup(((]]] """ unfinished').name).toBeNull()
  expect(parseSetupPy('').installRequires).toEqual([])
})
