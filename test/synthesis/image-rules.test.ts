import { describe, expect, test } from 'bun:test'
import { deflateSync } from 'node:zlib'
import { checkContent, checkGitConfig, checkGitFile } from '../../src/synthesis/git-rules.ts'
import { checkEnvironment, checkShellStart, checkUntracked } from '../../src/synthesis/image-rules.ts'
import { checkPath } from '../../src/synthesis/path-rules.ts'
import { checkBytecode, checkDistribution, checkPthFile } from '../../src/synthesis/python-rules.ts'

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

  test('git objects under another name', () => {
    expect(checkContent('srv/data', Buffer.from('# v2 git bundle\nabc'))?.reason).toBe('leak-foreign-repository')
    expect(checkContent('srv/data', Buffer.from('PACK\0\0\0\x02....'))?.reason).toBe('leak-foreign-repository')
    expect(checkContent('srv/data', deflateSync('commit 214\0tree 4b82'))?.reason).toBe('leak-foreign-repository')
    expect(checkContent('srv/data', Buffer.from('PACKAGE'))).toBeNull()
    expect(checkContent('srv/data', deflateSync('commitment'))).toBeNull()
    expect(checkContent('srv/data', Buffer.from('x = 1'))).toBeNull()
  })

  test('a .pth file that runs code, unless a build tool wrote it', () => {
    expect(checkPthFile('site-packages/a.pth', 'import os; os._exit(0)')?.reason).toBe('image-tampered')
    const last =
      "import sys; new=sys.path[sys.__plen:]; del sys.path[sys.__plen:]; p=getattr(sys,'__egginsert',0); sys.path[p:p]=new; sys.__egginsert = p+len(new)"
    const easy = `import sys; sys.__plen = len(sys.path)\n/testbed\n./six.egg\n${last}\n`
    expect(checkPthFile('site-packages/easy-install.pth', easy)).toBeNull()
    expect(checkPthFile('site-packages/easy-install.pth', `${easy}import evil\n`)?.reason).toBe('image-tampered')
    expect(checkPthFile('site-packages/__editable__.pkg-1.0.pth', 'import __editable___pkg_finder')).toBeNull()
  })
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

test("git's configuration outside the repository may not say where more of it is", () => {
  const remote = Buffer.from('[user]\n\tname = x\n[remote "origin"]\n\turl = https://x\n')
  expect(checkGitConfig('root/.gitconfig', remote)?.reason).toBe('leak-git-metadata')
  expect(checkGitConfig('etc/gitconfig', Buffer.from('[include]\npath=/x'))?.reason).toBe('leak-git-metadata')
  expect(checkGitConfig('root/.gitconfig', Buffer.from('[safe]\n\tdirectory = *\n'))).toBeNull()
  expect(checkGitConfig('srv/notes', remote)).toBeNull()
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

test('the image may not change what is run by its environment', () => {
  expect(checkEnvironment(['PATH=/usr/bin', 'PYTEST_ADDOPTS=-k nothing'], ['PATH=/usr/bin'])?.reason).toBe(
    'image-tampered',
  )
  expect(checkEnvironment(['PATH=/evil:/usr/bin'], ['PATH=/usr/bin'])?.reason).toBe('image-tampered')
  for (const variable of [
    'BASH_FUNC_cd%%=() { :; }',
    'PYTHONHOME=/srv',
    'PYTHONPATH=/testbed/src:/srv',
    'PYTHONPATH=.',
  ]) {
    expect(checkEnvironment([variable], [])?.reason).toBe('image-tampered')
  }
  expect(
    checkEnvironment(['PATH=/usr/bin', 'LANG=C', 'PYTHONPATH=/testbed:/testbed/src'], ['PATH=/usr/bin']),
  ).toBeNull()
})

test('untracked files may not configure or shadow the test runner', () => {
  for (const path of [
    'conftest.py',
    'tests/conftest.py',
    'pytest.ini',
    'pytest.py',
    '_pytest/runner.py',
    'json.py',
    'iniconfig/__init__.py',
    'tests/test_more.py',
    'tests/helper.pyc',
    'pkg/__pycache__/test_x.cpython-311-pytest-8.3.4.pyc',
  ]) {
    expect(checkUntracked(path)?.reason).toBe('testbed-differs-from-base')
  }
  for (const path of [
    'pkg.egg-info/PKG-INFO',
    'pkg/_version.py',
    'build/lib/x.py',
    'build/lib/tests/test_x.py',
    'pkg/core.so',
    'tests/__pycache__/helper.cpython-311.pyc',
  ]) {
    expect(checkUntracked(path)).toBeNull()
  }
})

test('nor shadow modules in the folders that Python imports from', () => {
  for (const path of ['src/json.py', 'src/json/__init__.py', 'build/lib/json.py']) {
    expect(checkUntracked(path)).toBeNull()
    expect(checkUntracked(path, ['src', 'build/lib'])?.reason).toBe('testbed-differs-from-base')
  }
  expect(checkUntracked('src/pkg/_version.py', ['src'])).toBeNull()
})

test("root's shell may choose the environment when it starts, and nothing else", () => {
  const check = (text: string) => checkShellStart('root/.bashrc', Buffer.from(text))
  const stock = '# ~/.profile\nif [ "$BASH" ]; then\n  if [ -f ~/.bashrc ]; then\n    . ~/.bashrc\n  fi\nfi\n'
  expect(check(`${stock}. /opt/conda/etc/profile.d/conda.sh && conda activate testbed\ncd /testbed\n`)).toBeNull()
  for (const line of [
    'alias pytest=true',
    'export PATH=/srv:$PATH',
    'source /srv/x',
    'conda activate testbed; exit 0',
  ]) {
    expect(check(`${stock}${line}\n`)?.reason).toBe('image-tampered')
  }
})

test('.git may hold what a checkout has and nothing that remembers more', () => {
  for (const path of [
    'refs/heads/main',
    'refs/tags/v2',
    'ORIG_HEAD',
    'FETCH_HEAD',
    'logs/HEAD',
    'hooks/pre-commit',
    'objects/info/alternates',
    'objects/pack/pack-1.promisor',
    'modules/x/HEAD',
  ]) {
    expect(checkGitFile(path)?.reason).toBe('leak-git-metadata')
  }
  expect(checkGitFile('index')).toBeNull()
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
