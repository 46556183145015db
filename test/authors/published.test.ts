import { describe, expect, test } from 'bun:test'
import { testCommandOf } from '../../src/authors/published.ts'

const script = (...commands: readonly string[]) =>
  ['#!/bin/bash', 'echo ">>>>> Start Test Output"', ...commands, 'rc=$?', 'echo ">>>>> End Test Output"'].join('\n')

describe('the test command of a published eval script is', () => {
  test('its words, where it is one simple command', () => {
    expect(testCommandOf(script('pytest -rA \'tests/test a.py\' "x y"'))).toEqual({
      runner: 'pytest',
      argv: ['pytest', '-rA', 'tests/test a.py', 'x y'],
    })
  })

  test('a shell script, where it is more than that', () => {
    expect(testCommandOf(script('cd tests', 'pytest test_a.py | tee log'))).toEqual({
      runner: 'pytest',
      argv: ['bash', '-c', 'cd tests\npytest test_a.py | tee log'],
    })
  })

  test('of the runner that it names', () => {
    expect(testCommandOf(script('bin/test -C x.py')).runner).toBe('sympy')
    expect(testCommandOf(script('./tests/runtests.py --parallel 1 x')).runner).toBe('django')
    expect(testCommandOf(script('python -m unittest tests.test_a')).runner).toBe('unittest')
  })
})
