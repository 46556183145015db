import { describe, expect, test } from 'bun:test'
import { checkBytecode, checkDistribution, checkPthFile } from '../../src/synthesis/python-rules.ts'

test('a .pth file may not run code, unless a build tool wrote it', () => {
  expect(checkPthFile('site-packages/a.pth', 'import os; os._exit(0)')?.reason).toBe('image-tampered')
  const last =
    "import sys; new=sys.path[sys.__plen:]; del sys.path[sys.__plen:]; p=getattr(sys,'__egginsert',0); sys.path[p:p]=new; sys.__egginsert = p+len(new)"
  const easy = `import sys; sys.__plen = len(sys.path)\n/testbed\n./six.egg\n${last}\n`
  expect(checkPthFile('site-packages/easy-install.pth', easy)).toBeNull()
  expect(checkPthFile('site-packages/easy-install.pth', `${easy}import evil\n`)?.reason).toBe('image-tampered')
  expect(checkPthFile('site-packages/__editable__.pkg-1.0.pth', 'import __editable___pkg_finder')).toBeNull()
})

test('a .pth file may name directories of the repository alone', () => {
  expect(checkPthFile('site-packages/a.pth', '# a comment\n/testbed/src\nbeside\n')).toBeNull()
  for (const place of ['/srv/lib', '/testbed/../srv/lib', '../../srv/lib', '/testbeds']) {
    expect(checkPthFile('site-packages/a.pth', `${place}\n`)?.reason).toBe('image-tampered')
  }
})

test('bytecode may not be taken whatever its source says', () => {
  const header = (flags: number) => Uint8Array.from([0xa7, 0x0d, 0x0d, 0x0a, flags, 0, 0, 0, 1, 2, 3, 4])
  expect(checkBytecode('testbed/pkg/__pycache__/x.cpython-311.pyc', header(1))?.reason).toBe('image-tampered')
  expect(checkBytecode('testbed/pkg/__pycache__/x.cpython-311.pyc', header(0))).toBeNull()
  expect(checkBytecode('testbed/pkg/__pycache__/x.cpython-311.pyc', header(3))).toBeNull()
})

describe('the project itself', () => {
  const names = ['text_width']

  test('may be installed from the checkout', () => {
    expect(
      checkDistribution({ name: 'text-width', version: '1', directUrl: '{"url": "file:///testbed"}' }, names),
    ).toBeNull()
  })

  test('may not be installed as a release, from the index or from a wheel', () => {
    for (const directUrl of [
      null,
      '{"url": "file:///testbed/vendor/text_width-2.whl"}',
      '{"url": "https://x/y.whl"}',
    ]) {
      const finding = checkDistribution({ name: 'Text.Width', version: '2', directUrl }, names)
      expect(finding?.reason).toBe('leak-release-installed')
    }
  })

  test('is not the only thing that must come from the index', () => {
    const plugin = { name: 'helpful-plugin', version: '1', directUrl: '{"url": "file:///tmp/plugin"}' }
    expect(checkDistribution(plugin, names)?.reason).toBe('image-tampered')
    expect(checkDistribution({ ...plugin, directUrl: null }, names)).toBeNull()
  })
})
