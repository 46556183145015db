import { describe, expect, test } from 'bun:test'
import { edit, goodRow, instancesOf, problemsOf, readAll, row } from './read-input.ts'

describe('schemas are recognised by their fields', () => {
  test('the five required fields are enough', async () => {
    expect(await instancesOf(row())).toEqual([{ ...goodRow, problem_statement: '' }])
  })

  test('OpenSWE, with a published environment and empty lists', async () => {
    const [instance] = await instancesOf(
      row({
        end_commit: 'b'.repeat(40),
        pull_number: 12,
        repo_id: 99,
        language: 'Python',
        version: '1.2',
        license_name: 'MIT',
        problem_statement: 'It fails.',
        FAIL_TO_PASS: '',
        PASS_TO_PASS: [],
        dockerfile: 'FROM openswe-python-3.9\n',
        eval_script: '#!/bin/bash\n',
        image_name: 'x',
      }),
    )
    expect(instance).toEqual({
      ...goodRow,
      end_commit: 'b'.repeat(40),
      pull_number: 12,
      language: 'python',
      version: '1.2',
      license_name: 'MIT',
      problem_statement: 'It fails.',
      published: { Dockerfile: 'FROM openswe-python-3.9\n', eval_script: '#!/bin/bash\n' },
    })
  })

  test('SWE-bench, with test lists as JSON strings', async () => {
    const [instance] = await instancesOf(
      row({
        hints_text: '',
        created_at: '2021-11-15T11:42:03Z',
        environment_setup_commit: 'x',
        FAIL_TO_PASS: '["tests/test_a.py::test_b[1]"]',
        PASS_TO_PASS: '[]',
      }),
    )
    expect(instance).toEqual({
      ...goodRow,
      problem_statement: '',
      created_at: '2021-11-15T11:42:03.000Z',
      FAIL_TO_PASS: ['tests/test_a.py::test_b[1]'],
    })
  })

  test('SWE-rebench, with real lists, milliseconds and nulls', async () => {
    const [instance] = await instancesOf(
      row({
        created_at: 1636976523000,
        FAIL_TO_PASS: ['a', 'b'],
        PASS_TO_PASS: ['c'],
        version: null,
        install_config: { install: ['pip install -e .'], log_parser: 'pytest' },
        meta: { llm_metadata: [{ code: 'A' }] },
      }),
    )
    expect(instance).toEqual({
      ...goodRow,
      problem_statement: '',
      created_at: '2021-11-15T11:42:03.000Z',
      FAIL_TO_PASS: ['a', 'b'],
      PASS_TO_PASS: ['c'],
    })
  })

  test.each([
    ['2021-11-15', '2021-11-15T00:00:00.000Z'],
    ['2021-11-15 11:42:03', '2021-11-15T11:42:03.000Z'],
    ['2021-11-15 11:42:03+02:00', '2021-11-15T09:42:03.000Z'],
    ['2021-11-15T11:42:03.123456', '2021-11-15T11:42:03.123Z'],
  ])('the date %s is read as UTC where it names no zone', async (created_at, iso) => {
    expect((await instancesOf(row({ created_at })))[0]?.created_at).toBe(iso)
  })

  test('an eval script without a Dockerfile is no published environment', async () => {
    expect((await instancesOf(row({ eval_script: 'x' })))[0]).not.toHaveProperty('published')
  })
})

describe('patches of a row', () => {
  test('a patch that mixes source and tests is split where test_patch is empty or missing', async () => {
    const mixed = edit('tests/test_a.py', 'é\r') + edit('src/a.py') + edit('changelog/1.rst')
    for (const test_patch of ['', ' \n', null, undefined]) {
      const [instance] = await instancesOf(row({ patch: mixed, test_patch }))
      expect(instance?.patch).toBe(edit('src/a.py') + edit('changelog/1.rst'))
      expect(instance?.test_patch).toBe(edit('tests/test_a.py', 'é\r'))
    }
  })

  test('a patch of source only, or of tests only, cannot be split', async () => {
    expect(await problemsOf(row({ test_patch: undefined }))).toEqual([
      'error[E_PATCH_EMPTY]: tasks.jsonl:1: "test_patch" is empty and "patch" touches no test file — give the pull request\'s tests as "test_patch"',
    ])
    expect(await problemsOf(row({ patch: edit('tests/test_a.py'), test_patch: '' }))).toEqual([
      'error[E_PATCH_EMPTY]: tasks.jsonl:1: "patch" touches test files only — give the change that the tests are for',
    ])
  })

  test.each([
    ['E_PATCH_EMPTY', ' \n'],
    ['E_PATCH_CUT', edit('a.py').replace('+new\n', '')],
    ['E_PATCH_BINARY', 'diff --git a/x.png b/x.png\nBinary files a/x.png and b/x.png differ\n'],
    ['E_PATCH_PATH', edit('.git/hooks/pre-commit')],
    ['E_PATCH_SUBMODULE', 'diff --git a/v b/v\nindex 1..2 160000\n--- a/v\n+++ b/v\n@@ -1 +1 @@\n-a\n+b\n'],
  ])('%s names the field of the patch, and both fields are looked at', async (code, patch) => {
    const [first, second] = await problemsOf(row({ patch, test_patch: edit('../x') }))
    expect(first).toStartWith(`error[${code}]: tasks.jsonl:1: "patch": `)
    expect(second).toStartWith('error[E_PATCH_PATH]: tasks.jsonl:1: "test_patch": patch touches "../x"')
  })

  test('a file in both patches is a warning and the instance stays', async () => {
    const [instance, warning] = await readAll(row({ patch: edit('src/a.py') + edit('tests/test_a.py') }))
    expect(instance?.kind).toBe('instance')
    expect(warning).toMatchObject({ severity: 'warning', code: 'E_PATCH_OVERLAP', instance_id: 'own__repo-1' })
  })

  test('shell text and heredoc ends in a patch are plain data', async () => {
    const patch = edit('src/a.py', "EOF_114329324912'`id`$(id)")
    expect((await instancesOf(row({ patch })))[0]?.patch).toBe(patch)
  })

  test('a line of 10 MB is read', async () => {
    const patch = edit('src/a.py', 'x'.repeat(10_000_000))
    expect((await instancesOf(row({ patch })))[0]?.patch).toBe(patch)
  })
})

describe('fields that are wrong', () => {
  test.each(['instance_id', 'repo', 'base_commit', 'patch'])('%s missing', async (field) => {
    expect(await problemsOf(row({ [field]: undefined }))).toEqual([
      `error[E_TASK_FIELD]: tasks.jsonl:1: "${field}" is missing — instance_id, repo, base_commit, patch and test_patch are required`,
    ])
  })

  test.each([
    ['patch', null, 'null', 'must be a string'],
    ['repo', ['a/b'], 'a list', 'must be a string'],
    ['problem_statement', 5, 'a number', 'must be a string'],
    ['version', {}, 'an object', 'must be a string'],
    ['pull_number', '12', 'a string', 'must be a positive integer'],
    ['pull_number', -1, '-1', 'must be a positive integer'],
    ['pull_number', 1.5, '1.5', 'must be a positive integer'],
    ['FAIL_TO_PASS', "['a']", '"[\'a\']"', 'must be a list of test names, or such a list as a JSON string'],
    ['PASS_TO_PASS', [1], 'a list', 'must be a list of test names, or such a list as a JSON string'],
    ['created_at', 'soon', '"soon"', 'must be an ISO 8601 date, or milliseconds since 1970, from the year 2000 on'],
    [
      'created_at',
      1636976523,
      '1636976523',
      'must be an ISO 8601 date, or milliseconds since 1970, from the year 2000 on',
    ],
  ])('%s: %p is refused with its type or value and the rule', async (field, value, shown, rule) => {
    expect(await problemsOf(row({ [field]: value }))).toEqual([
      `error[E_TASK_FIELD]: tasks.jsonl:1: "${field}" is ${shown} — ${rule}`,
    ])
  })

  test.each([
    '../../etc/x',
    '/abs',
    'a/b',
    '.',
    '..',
    'a..b',
    '',
    'x'.repeat(129),
    '-rf',
    'a b',
    'a\nb',
    'é',
    'CON',
    'nul.txt',
  ])('instance_id %j', async (instance_id) => {
    const [problem, ...others] = await readAll(row({ instance_id }))
    expect(problem).toMatchObject({ kind: 'problem', code: 'E_TASK_ID' })
    expect(problem).not.toHaveProperty('instance_id')
    expect(others).toEqual([])
  })

  test.each([
    'owner',
    'owner/name/../x',
    'https://evil',
    'file:///x',
    'ext::sh -c x',
    '--upload-pack=x/y',
    'a/..',
    'a/-x',
    'a/b\n',
  ])('repo %j', async (repo) => {
    expect(await problemsOf(row({ repo }))).toEqual([
      `error[E_REPO]: tasks.jsonl:1: "repo" is ${JSON.stringify(repo)} — must be owner/name`,
    ])
  })

  test.each(['abc123', 'A'.repeat(40), 'main', 'a'.repeat(41), ''])('base_commit %j', async (base_commit) => {
    expect(await problemsOf(row({ base_commit }))).toEqual([
      `error[E_COMMIT]: tasks.jsonl:1: "base_commit" is ${JSON.stringify(base_commit)} — must be 40 or 64 lower-case hex digits`,
    ])
  })

  test('an unknown language is refused with the list, other spellings are known', async () => {
    expect((await problemsOf(row({ language: 'brainf' })))[0]).toStartWith(
      'error[E_LANG]: tasks.jsonl:1: "language" is "brainf" — must be one of python, javascript, ',
    )
    const spelt = ['C++', 'golang', 'TypeScript', 'c#'].map((language, index) =>
      row({ instance_id: `a-${index}`, language }),
    )
    expect((await instancesOf(spelt.join('\n'))).map(({ language }) => language)).toEqual([
      'cpp',
      'go',
      'typescript',
      'csharp',
    ])
  })

  test('a NUL or a lone surrogate is refused by the name of its field', async () => {
    expect(await problemsOf(row({ problem_statement: 'a\0b', FAIL_TO_PASS: ['ok', 'bad\ud800'] }))).toEqual([
      'error[E_UTF8]: tasks.jsonl:1: "problem_statement" holds a NUL — remove it',
      'error[E_UTF8]: tasks.jsonl:1: "FAIL_TO_PASS" holds a lone surrogate, which UTF-8 cannot write — remove it',
    ])
  })

  test('all that is wrong with a row is named at once', async () => {
    const problems = await problemsOf(row({ repo: 'x', base_commit: 'x', pull_number: 0, language: 'x' }))
    expect(problems.map((problem) => /\[(.*?)\]/.exec(problem)?.[1])).toEqual([
      'E_REPO',
      'E_COMMIT',
      'E_LANG',
      'E_TASK_FIELD',
    ])
  })

  test('keys of the prototype are plain data', async () => {
    const text = row().replace('{', '{"__proto__":{"version":"9"},"constructor":1,"toString":{},')
    expect((await instancesOf(text))[0]).not.toHaveProperty('version')
    expect(await problemsOf('{"__proto__":{"patch":"x"}}')).toHaveLength(4)
  })

  test('an overlong problem statement is cut between characters and says so', async () => {
    const [found, warning] = await readAll(row({ problem_statement: `x${'é'.repeat(150_000)}` }))
    expect(found?.kind === 'instance' && found.instance.problem_statement).toBe(
      `x${'é'.repeat(99_999)}\n[... 100002 bytes left out ...]\n`,
    )
    expect(warning).toMatchObject({ severity: 'warning', code: 'E_STATEMENT_LONG' })
  })
})
