import { expect, test } from 'bun:test'
import { pythonChangeRows } from '../../../../src/authors/rules/tables/python-changes.ts'
import { keyFor, runFailure } from '../support.ts'

const everyPython = ['2.7', '3.6', '3.7', '3.8', '3.9', '3.10', '3.11', '3.12', '3.13']

/** Shown to a run on 3.13 where a name is gone, and to one on 3.6 where it is not there yet. */
const examples: readonly (readonly [string, string])[] = [
  [
    "ImportError: cannot import name 'Mapping' from 'collections' (/usr/lib/python3.11/collections/__init__.py)",
    'collections-abc: use Python 3.9',
  ],
  [
    "ImportError: cannot import name 'gcd' from 'fractions' (/usr/lib/python3.11/fractions.py)",
    'fractions-gcd: use Python 3.8',
  ],
  ["AttributeError: module 'base64' has no attribute 'encodestring'", 'base64-encodestring: use Python 3.8'],
  [
    "AttributeError: 'xml.etree.ElementTree.Element' object has no attribute 'getchildren'",
    'element-getchildren: use Python 3.8',
  ],
  ["AttributeError: 'Thread' object has no attribute 'isAlive'", 'thread-is-alive: use Python 3.8'],
  ["AttributeError: 'array.array' object has no attribute 'tostring'", 'array-tostring: use Python 3.8'],
  ["AttributeError: module 'time' has no attribute 'clock'", 'time-clock: use Python 3.7'],
  ["AttributeError: module 'cgi' has no attribute 'escape'", 'cgi-escape: use Python 3.7'],
  [
    "AttributeError: module 'platform' has no attribute 'linux_distribution'",
    'platform-linux-distribution: use Python 3.7',
  ],
  [
    "AttributeError: module 'inspect' has no attribute 'getargspec'. Did you mean: 'getargs'?",
    'inspect-getargspec: use Python 3.10',
  ],
  ["AttributeError: module 'asyncio' has no attribute 'coroutine'", 'asyncio-coroutine: use Python 3.10'],
  ["TypeError: Queue.__init__() got an unexpected keyword argument 'loop'", 'asyncio-loop-argument: use Python 3.9'],
  [
    'TypeError: Population must be a sequence.  For dicts or sets, use sorted(d).',
    'random-sample-set: use Python 3.10',
  ],
  ["ValueError: invalid mode: 'rU'", 'open-u-mode: use Python 3.10'],
  [
    "ValueError: mutable default <class 'demo.config.Limits'> for field limits is not allowed: use default_factory",
    'dataclass-mutable-default: use Python 3.10',
  ],
  ["ModuleNotFoundError: No module named 'distutils'", 'distutils: use Python 3.11'],
  ["ModuleNotFoundError: No module named 'imp'", 'imp: use Python 3.11'],
  ["ModuleNotFoundError: No module named 'asyncore'", 'asyncore: use Python 3.11'],
  [
    "AttributeError: 'TestA' object has no attribute 'assertEquals'. Did you mean: 'assertEqual'?",
    'unittest-aliases: use Python 3.11',
  ],
  ["AttributeError: module 'unittest' has no attribute 'makeSuite'", 'unittest-makesuite: use Python 3.12'],
  ["AttributeError: 'ConfigParser' object has no attribute 'readfp'", 'configparser-safe: use Python 3.11'],
  ["AttributeError: module 'pkgutil' has no attribute 'ImpImporter'", 'pkgutil-impimporter: use Python 3.11'],
  ["AttributeError: module 'ssl' has no attribute 'wrap_socket'", 'ssl-wrap-socket: use Python 3.11'],
  ["AttributeError: module 'ast' has no attribute 'Num'", 'ast-num: use Python 3.11'],
  ["AttributeError: module 'locale' has no attribute 'format'", 'locale-format: use Python 3.11'],
  ["SyntaxWarning: invalid escape sequence '\\\\d'", 'invalid-escape: use Python 3.11'],
  ["ModuleNotFoundError: No module named 'telnetlib'", 'dead-batteries: use Python 3.12'],
  ["AttributeError: type object 'MyPath' has no attribute '_flavour'", 'pathlib-internals: use Python 3.9'],
  [
    "ImportError: cannot import name 'GenericMeta' from 'typing' (/usr/lib/python3.11/typing.py)",
    'typing-io: use Python 3.6',
  ],
  ['TypeError: code expected at least 16 arguments, got 15', 'code-type-arguments: use Python 3.7'],
  ['    from .async import run\n          ^^^^^\nSyntaxError: invalid syntax', 'async-keyword: use Python 3.6'],
  ["SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?", 'python-2: use Python 2.7'],
  ["ModuleNotFoundError: No module named 'tomllib'", 'tomllib: use Python 3.11'],
  ["ModuleNotFoundError: No module named 'zoneinfo'", 'zoneinfo: use Python 3.9'],
  ["ModuleNotFoundError: No module named 'graphlib'", 'graphlib: use Python 3.9'],
  ["ModuleNotFoundError: No module named 'dataclasses'", 'dataclasses: use Python 3.7'],
  ["ModuleNotFoundError: No module named 'contextvars'", 'contextvars: use Python 3.7'],
  ["TypeError: unsupported operand type(s) for |: 'type' and 'NoneType'", 'union-operator: use Python 3.10'],
  ['E       match value:\nE             ^^^^^\nE   SyntaxError: invalid syntax', 'match-statement: use Python 3.10'],
  ["TypeError: dataclass() got an unexpected keyword argument 'slots'", 'dataclass-arguments: use Python 3.10'],
  [
    "ImportError: cannot import name 'pairwise' from 'itertools' (unknown location)",
    'itertools-pairwise: use Python 3.10',
  ],
  [
    "ImportError: cannot import name 'ParamSpec' from 'typing' (/usr/lib/python3.9/typing.py)",
    'typing-3-10: use Python 3.10',
  ],
  [
    "ImportError: cannot import name 'Self' from 'typing' (/usr/lib/python3.9/typing.py)",
    'typing-3-11: use Python 3.11',
  ],
  ["NameError: name 'ExceptionGroup' is not defined", 'exception-groups: use Python 3.11'],
  [
    "ImportError: cannot import name 'override' from 'typing' (/usr/lib/python3.11/typing.py)",
    'typing-3-12: use Python 3.12',
  ],
  [
    "ImportError: cannot import name 'TypeIs' from 'typing' (/usr/lib/python3.11/typing.py)",
    'typing-3-13: use Python 3.13',
  ],
  ["E   def first[T](items):\nE            ^\nE   SyntaxError: expected '('", 'type-parameters: use Python 3.12'],
]

for (const [output, repair] of examples) {
  test(`${JSON.stringify(output)} is answered by ${repair}`, async () => {
    const row = pythonChangeRows.find(({ name }) => name === repair.split(':')[0])
    const python = { version: row?.removedIn === undefined ? '3.6' : '3.13', why: '' }
    const key = await keyFor(runFailure(output), { pythonVersions: everyPython, facts: { python } })
    expect(key).toBe(`python-${repair}`)
  })
}

test('every row has an example', () => {
  const named = new Set(examples.map(([, repair]) => repair.split(':')[0]))
  expect(pythonChangeRows.filter((row) => !named.has(row.name))).toEqual([])
})

test('takes a package that brings the name back where no such Python is at hand', async () => {
  const facts = { python: { version: '3.13', why: '' } }
  const key = await keyFor(runFailure("ModuleNotFoundError: No module named 'imp'"), {
    pythonVersions: ['3.13'],
    facts,
  })
  expect(key).toBe('python-imp: require zombie-imp')
})

test('does not change to a Python it is on already', async () => {
  const facts = { python: { version: '3.9', why: '' } }
  const output = "ImportError: cannot import name 'Mapping' from 'collections' (unknown location)"
  expect(await keyFor(runFailure(output), { pythonVersions: ['3.9'], facts })).toBe('give-up')
})
