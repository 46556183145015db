import { describe, expect, test } from 'bun:test'
import { type ControlInput, controlsOf } from '../../src/synthesis/controls.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

function inputOf(path: string, base: string | null, fixed: string): ControlInput {
  return {
    gold: { changed: [{ path, mode: '100644', oid: 'f'.repeat(40), content: bytes(fixed) }], deleted: [] },
    baseContent: new Map(base === null ? [] : [[path, bytes(base)]]),
    testFiles: ['tests/test_x.py'],
  }
}

function sabotaged(path: string, base: string | null, fixed: string): string {
  const control = controlsOf(inputOf(path, base, fixed)).find(({ purpose }) => purpose === 'control-sabotaged-gold')
  return new TextDecoder().decode(control?.changed[0]?.content)
}

describe("the sabotaged gold patch has the fix's text, line for line, and the base's behaviour", () => {
  test('in Python as a string', () => {
    expect(sabotaged('a.py', 'x = 1\n', 'x = 2\n')).toBe('x = 1\n\nr"""\nx = 2\n\n"""\n')
    expect(sabotaged('a.py', 'x = 1\n', '"""Doc."""\n')).toBe('x = 1\n\nr\'\'\'\n"""Doc."""\n\n\'\'\'\n')
  })

  test('as comments where no quotes are free, or in other languages', () => {
    expect(sabotaged('a.py', 'x\n', `"""a"""\n'''b'''`)).toBe(`x\n\n# """a"""\n# '''b'''\n`)
    expect(sabotaged('a.js', 'x\n', 'y')).toBe('x\n\n// y\n')
  })

  test("not at all where comments are unknown: the base's file stays", () => {
    expect(sabotaged('a.txt', 'x\n', 'y\n')).toBe('x\n')
    expect(sabotaged('a.py', null, 'y')).toBe('\nr"""\ny\n"""\n')
  })
})

test('a gold patch without Python has no results to forge', () => {
  const purposes = (path: string) => controlsOf(inputOf(path, null, 'x')).map(({ purpose }) => purpose)
  expect(purposes('a.py')).toContain('control-forged-results')
  expect(purposes('a.txt')).not.toContain('control-forged-results')
})

test('without the tests their files are gone, and the fix stays', () => {
  const control = controlsOf(inputOf('a.py', 'x', 'y')).find(({ purpose }) => purpose === 'control-tests-removed')
  expect(control?.deleted).toEqual(['tests/test_x.py'])
  expect(control?.changed.map(({ path }) => path)).toEqual(['a.py'])
})
