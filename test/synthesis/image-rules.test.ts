import { describe, expect, test } from 'bun:test'
import {
  checkContent,
  checkDistribution,
  checkEnvironment,
  checkGitFile,
  checkPath,
  checkPthFile,
  checkUntracked,
} from '../../src/synthesis/image-rules.ts'

describe('a layer may not hold', () => {
  const paths: readonly (readonly [string, string])[] = [
    ['bin/bash', 'image-tampered'],
    ['usr/local/bin/python', 'image-tampered'],
    ['usr/local/bin/pytest', 'image-tampered'],
    ['opt/conda/envs/testbed/bin/python3.9', 'image-tampered'],
    ['opt/conda/etc/profile.d/conda.sh', 'image-tampered'],
    ['root/.bashrc', 'image-tampered'],
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
    expect(checkContent('srv/data', Buffer.from('PACKAGE'))).toBeNull()
  })

  test('a .pth file that runs code, unless a build tool wrote it', () => {
    expect(checkPthFile('site-packages/a.pth', 'import os; os._exit(0)')?.reason).toBe('image-tampered')
    expect(checkPthFile('site-packages/a.pth', '/srv/lib\n')).toBeNull()
    expect(checkPthFile('site-packages/__editable__.pkg-1.0.pth', 'import __editable___pkg_finder')).toBeNull()
  })
})

test('what packages and builds write is fine', () => {
  for (const path of [
    'usr/bin/python3-config',
    'opt/conda/envs/testbed/bin/pytest',
    'opt/conda/envs/testbed/lib/python3.9/site-packages/attr/__init__.py',
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
  expect(checkEnvironment(['PATH=/usr/bin', 'LANG=C'], ['PATH=/usr/bin'])).toBeNull()
})

test('untracked files may not configure or shadow the test runner', () => {
  for (const path of ['conftest.py', 'tests/conftest.py', 'pytest.ini', 'pytest.py', '_pytest/runner.py']) {
    expect(checkUntracked(path)?.reason).toBe('testbed-differs-from-base')
  }
  for (const path of ['pkg.egg-info/PKG-INFO', 'pkg/_version.py', 'build/lib/x.py', 'pkg/core.so']) {
    expect(checkUntracked(path)).toBeNull()
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
