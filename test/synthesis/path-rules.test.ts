import { describe, expect, test } from 'bun:test'
import { checkPath } from '../../src/synthesis/path-rules.ts'

describe('a layer may not hold', () => {
  const paths: readonly (readonly [string, string])[] = [
    ['bin/bash', 'image-tampered'],
    ['usr/local/bin/python', 'image-tampered'],
    ['usr/local/bin/pytest', 'image-tampered'],
    ['opt/conda/envs/testbed/bin/python3.9', 'image-tampered'],
    ['opt/conda/etc/profile.d/conda.sh', 'image-tampered'],
    ['opt/conda/envs/testbed/bin/env', 'image-tampered'],
    ['opt/conda/envs/testbed/pyvenv.cfg', 'image-tampered'],
    ['usr/lib/python3.11/unittest/case.py', 'image-tampered'],
    ['usr/lib/python3.11/encodings/__pycache__/utf_8.cpython-311.pyc', 'image-tampered'],
    ['usr/lib/python3.11/__pycache__/os.cpython-311.pyc', 'image-tampered'],
    ['usr/lib/python311.zip', 'image-tampered'],
    ['opt/conda/envs/testbed/lib/python3.9/os.py', 'image-tampered'],
    ['opt/python/cpython-3.12.1-linux-x86_64-gnu/lib/python3.12/json/decoder.py', 'image-tampered'],
    ['srv/__pycache__/test_x.cpython-311-pytest-8.3.4.pyc', 'image-tampered'],
    ['etc/profile.d/more.sh', 'image-tampered'],
    ['setup.cfg', 'image-tampered'],
    ['etc/ld.so.preload', 'image-tampered'],
    ['opt/conda/envs/testbed/lib/python3.9/site-packages/sitecustomize.py', 'image-tampered'],
    ['openswe/record_common.py', 'image-tampered'],
    ['conftest.py', 'image-tampered'],
    ['opt/upstream/.git/objects/pack/x', 'leak-foreign-repository'],
    [`srv/pack-${'a'.repeat(40)}.pack`, 'leak-foreign-repository'],
  ]
  for (const [path, reason] of paths) {
    test(`/${path}`, () => {
      expect<string | undefined>(checkPath(path)?.reason).toBe(reason)
    })
  }
})

test('what packages and builds write is fine', () => {
  for (const path of [
    'usr/bin/python3-config',
    'opt/conda/envs/testbed/bin/pytest',
    'opt/conda/envs/testbed/lib/python3.9/site-packages/attr/__init__.py',
    'opt/conda/envs/testbed/bin/pygmentize',
    'usr/lib/python3/dist-packages/six.py',
    'usr/lib/python3.11/tkinter/__init__.py',
    'usr/lib/python3.11/tkinter/__pycache__/ttk.cpython-311.pyc',
    'usr/lib/python3/dist-packages/__pycache__/six.cpython-311.pyc',
    'opt/conda/envs/testbed/lib/python3.11/site-packages/__pycache__/six.cpython-311.pyc',
    'usr/lib/python3.11/config-3.11-x86_64-linux-gnu/python-config.py',
    'testbed/conftest.py',
    'testbed/.git/objects/pack/pack-1.pack',
  ]) {
    expect(checkPath(path)).toBeNull()
  }
})
