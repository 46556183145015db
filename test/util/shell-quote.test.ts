import { expect, test } from 'bun:test'
import { runProcess } from '../../src/util/process.ts'
import { shellJoin } from '../../src/util/shell-quote.ts'

test('a shell reads back exactly the words that were joined', async () => {
  const words = ["it's", '', '$HOME `x` "y"', 'a b', 'tests/test_a.py::t[x-1]', '*', '\n', 'é;&|<>']
  const result = await runProcess(['/bin/sh', '-c', `printf '%s\\0' ${shellJoin(words)}`])
  expect(new TextDecoder().decode(result.stdout).split('\0').slice(0, -1)).toEqual(words)
})

test('plain words stay plain', () => {
  expect(shellJoin(['python', '-m', 'pytest', 'tests/test_a.py'])).toBe('python -m pytest tests/test_a.py')
})
