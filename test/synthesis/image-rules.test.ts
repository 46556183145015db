import { expect, test } from 'bun:test'
import { checkEnvironment, checkShellStart, checkUntracked } from '../../src/synthesis/image-rules.ts'

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
  expect(checkUntracked('src/_pytest/_version.py', ['src'])?.reason).toBe('testbed-differs-from-base')
  const isTracked = (path: string) => path === 'src/_pytest/__init__.py'
  expect(checkUntracked('src/_pytest/_version.py', ['src'], isTracked)).toBeNull()
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
