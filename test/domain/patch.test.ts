import { describe, expect, test } from 'bun:test'
import { addedModules, type PatchFile, parsePatch, splitPatch } from '../../src/domain/patch.ts'

function filesOf(text: string): readonly PatchFile[] {
  const parsed = parsePatch(text)
  if (parsed.kind === 'unusable') throw new Error(parsed.problems.join('\n'))
  return parsed.files
}

function problemsOf(text: string): readonly string[] {
  const parsed = parsePatch(text)
  return parsed.kind === 'unusable' ? parsed.problems : []
}

function edit(path: string, added = 'new', removed = 'old'): string {
  return `diff --git a/${path} b/${path}\nindex 1111111..2222222 100644\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-${removed}\n+${added}\n`
}

function addition(path: string, line = 'x', mode = '100644'): string {
  return `diff --git a/${path} b/${path}\nnew file mode ${mode}\nindex 0000000..2222222\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${line}\n`
}

const removal =
  'diff --git a/gone.py b/gone.py\ndeleted file mode 100644\nindex 1111111..0000000\n--- a/gone.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n'
const rename =
  'diff --git a/old name.py b/new name.py\nsimilarity index 100%\nrename from old name.py\nrename to new name.py\n'
const copy = 'diff --git a/a.py b/b.py\nsimilarity index 100%\ncopy from a.py\ncopy to b.py\n'
const modeChange = 'diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n'
const binary =
  'diff --git a/logo.png b/logo.png\nnew file mode 100644\nindex 0000000..2222222\nGIT binary patch\nliteral 3\nKcmZ?wbhEHbU|?WnU|;|M3J3rI\n\nliteral 0\nHcmV?d00001\n\n'

describe('the facts of a patch', () => {
  test('kind, paths and modes come from the headers', () => {
    const files = filesOf(edit('a.py') + addition('b.py') + removal + rename + copy + modeChange + binary)
    expect(
      files.map(({ kind, oldPath, newPath, oldMode, newMode }) => [kind, oldPath, newPath, oldMode, newMode]),
    ).toEqual([
      ['modified', 'a.py', 'a.py', '100644', '100644'],
      ['added', null, 'b.py', undefined, '100644'],
      ['deleted', 'gone.py', null, '100644', undefined],
      ['renamed', 'old name.py', 'new name.py', undefined, undefined],
      ['copied', 'a.py', 'b.py', undefined, undefined],
      ['modified', 'run.sh', 'run.sh', '100644', '100755'],
      ['added', null, 'logo.png', undefined, '100644'],
    ])
    expect(files.map((file) => file.hasBinaryData)).toEqual([false, false, false, false, false, false, true])
  })

  test('hunks hold added and removed lines without sign', () => {
    const [file] = filesOf(
      'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@ def f():\n a\n-b\n+B\n+C\n c\n@@ -9 +10 @@\n-y\n\\ No newline at end of file\n+z\n\\ No newline at end of file\n',
    )
    expect(file?.hunks.map(({ addedLines, removedLines }) => [addedLines, removedLines])).toEqual([
      [['B', 'C'], ['b']],
      [['z'], ['y']],
    ])
    expect(file?.hunks[0]?.header).toBe('@@ -1,3 +1,4 @@ def f():')
    expect(file?.hunks[1]?.text).toEndWith('+z\n\\ No newline at end of file\n')
  })

  test('lines end at line feeds only', () => {
    const odd = 'a\r\u000b\u000c\u0085\u2028\u2029b\r'
    expect(filesOf(edit('x', odd))[0]?.hunks[0]?.addedLines).toEqual([odd])
  })

  test('content that looks like a diff stays content', () => {
    const inner = edit('inner.py').trimEnd().split('\n')
    const text = `diff --git a/f.txt b/f.txt\nnew file mode 100644\n--- /dev/null\n+++ b/f.txt\n@@ -0,0 +1,${inner.length} @@\n${inner.map((line) => `+${line}\n`).join('')}`
    const files = filesOf(text + edit('b.py', '++ b/x', '-- a/x'))
    expect(files.map((file) => file.newPath)).toEqual(['f.txt', 'b.py'])
    expect(files[0]?.hunks[0]?.addedLines).toEqual(inner)
    expect(files[1]?.hunks[0]?.removedLines).toEqual(['-- a/x'])
  })

  test('quoted names are decoded as bytes', () => {
    const name = '"b/caf\\303\\251 \\"x\\"\\t.py"'
    const [file] = filesOf(
      `diff --git ${name.replace('b/', 'a/')} ${name}\n--- ${name.replace('b/', 'a/')}\n+++ ${name}\n@@ -1 +1 @@\n-a\n+b\n`,
    )
    expect(file?.newPath).toBe('café "x"\t.py')
    expect(filesOf(`diff --git "a/\\303\\251" "b/\\303\\251"\nold mode 100644\nnew mode 100755\n`)[0]?.newPath).toBe(
      'é',
    )
  })

  test('names with spaces need no quotes where both sides are one', () => {
    const modes = 'old mode 100644\nnew mode 100755\n'
    expect(filesOf(`diff --git a/x b/x b/x b/x\n${modes}`)[0]?.newPath).toBe('x b/x')
    expect(problemsOf(`diff --git a/x b/y\n${modes}`)[0]).toContain('without a usable path')
    expect(filesOf(`diff --git a/é "b/\\303\\251"\n${modes}`)[0]?.newPath).toBe('é')
  })

  test('a unified diff without git headers is read as well', () => {
    const files = filesOf(
      '--- a/x.py\t2021-01-01\n+++ b/x.py\t2021-01-02\n@@ -1 +1 @@\n-a\n+b\n--- /dev/null\n+++ b/y.py\n@@ -0,0 +1 @@\n+c\n',
    )
    expect(files.map(({ kind, newPath }) => [kind, newPath])).toEqual([
      ['modified', 'x.py'],
      ['added', 'y.py'],
    ])
  })

  test('header lines may end in CRLF', () => {
    expect(filesOf(edit('x.py').replaceAll('\n', '\r\n'))[0]?.newPath).toBe('x.py')
  })

  test('all texts joined are the patch, mail headers and signatures included', () => {
    const mail = `From 1234 Mon Sep 17 00:00:00 2001\nSubject: x\n---\n a.py | 2 +-\n\n${edit('a.py')}-- \n2.39.5\n\nFrom 5678\n${rename}${binary}${removal}\n`
    const files = filesOf(mail)
    expect(files).toHaveLength(4)
    expect(files.map((file) => file.text).join('')).toBe(mail)
  })
})

describe('what makes a patch unusable', () => {
  test.each(['', ' \n\t\n', 'just words\n'])('%j has no hunks', (text) => {
    expect(problemsOf(text)).toEqual([
      'E_PATCH_EMPTY: patch has no hunks — give a diff as `git diff --binary` prints it',
    ])
  })

  test('a file with headers only', () => {
    const header = 'diff --git a/x.py b/x.py\nindex 1..2 100644\n--- a/x.py\n+++ b/x.py\n'
    expect(problemsOf(edit('a.py') + header)).toEqual([
      'E_PATCH_EMPTY: x.py has a header and no hunks — give the patch whole',
    ])
    expect(problemsOf(addition('y.py').split('@@')[0] ?? '')).toHaveLength(1)
    expect(
      problemsOf('diff --cc x.py\nindex 1,2..3\n--- a/x.py\n+++ b/x.py\n@@@ -1 -1 +1 @@@\n--a\n++b\n'),
    ).toHaveLength(1)
  })

  test('an empty file that is added has no hunks and is well', () => {
    expect(
      problemsOf('diff --git a/__init__.py b/__init__.py\nnew file mode 100644\nindex 0000000..e69de29\n'),
    ).toEqual([])
  })

  test('a hunk that ends early, goes on, or has no counts', () => {
    const whole = 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@\n a\n-b\n+B\n+C\n c\n'
    const message = (gotOld: number, gotNew: number) =>
      `E_PATCH_CUT: x: hunk @@ -1,3 +1,4 @@ expects 3 old and 4 new lines, got ${gotOld} and ${gotNew} — the patch was cut or edited; give it whole`
    expect(problemsOf(whole)).toEqual([])
    expect(problemsOf(whole.replace(' c\n', ''))).toEqual([message(2, 3)])
    expect(problemsOf(whole.replace(' c\n', '') + edit('y'))).toEqual([message(2, 3)])
    expect(problemsOf(`${whole}+D\n`)).toEqual([message(3, 5)])
    expect(problemsOf(whole.replace('-1,3', '-1,three'))[0]).toStartWith(
      'E_PATCH_CUT: x: hunk header "@@ -1,three +1,4 @@"',
    )
  })

  test('binary content that is not in the patch', () => {
    expect(
      problemsOf('diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n'),
    ).toEqual([
      'E_PATCH_BINARY: x.png has no binary data — it cannot be applied; make the patch with `git diff --binary`',
    ])
    expect(problemsOf(binary.replace(/literal[\s\S]*/, ''))[0]).toStartWith('E_PATCH_CUT: logo.png')
    expect(problemsOf(binary.replace('literal 3', 'literal 99999999999'))[0]).toStartWith('E_PATCH_SIZE: logo.png')
  })

  test.each([
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    './x',
    '.git/hooks/pre-commit',
    'sub/.GIT/config',
    '.git ',
    '.git./config',
    'git~1/config',
    '.git::$INDEX_ALLOCATION/config',
    'a\\.git\\config',
    '.g\u200cit/config',
    'x'.repeat(256),
    'dir/'.repeat(1100),
  ])('the path %j', (path) => {
    const problems = problemsOf(edit(path))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toStartWith(`E_PATCH_PATH: patch touches ${JSON.stringify(path.slice(0, 300))}, which `)
  })

  test.each(['.gitignore', '.github/workflows/ci.yml', 'a/.gitkeep', 'x..y/...z', 'dir.git/x', 'x'.repeat(255)])(
    'the path %s is well',
    (path) => {
      expect(problemsOf(edit(path))).toEqual([])
    },
  )

  test('a rename from or to a hostile path, and a name that is not UTF-8', () => {
    expect(problemsOf(rename.replaceAll('new name.py', '../x'))[0]).toStartWith('E_PATCH_PATH')
    expect(problemsOf(rename.replaceAll('old name.py', '.git/x'))[0]).toStartWith('E_PATCH_PATH')
    expect(problemsOf('diff --git "a/\\377" "b/\\377"\nold mode 100644\nnew mode 100755\n')[0]).toContain(
      'is not UTF-8',
    )
    expect(problemsOf('--- x\n+++ x\n@@ -1 +1 @@\n-a\n+b\n')[0]).toContain('without a usable path')
  })

  test('a file written through a link that the patch makes', () => {
    const link = addition('out', '../../etc', '120000')
    expect(problemsOf(link)).toEqual([])
    expect(problemsOf(link + addition('out/passwd'))).toEqual([
      'E_PATCH_SYMLINK: patch makes the link out and writes out/passwd through it — write the file at its real path',
    ])
    expect(problemsOf(addition('out/passwd') + link)).toHaveLength(1)
  })

  test('a submodule', () => {
    expect(problemsOf(addition('vendor/x', 'Subproject commit 1111', '160000'))[0]).toStartWith(
      'E_PATCH_SUBMODULE: patch changes the submodule vendor/x — ',
    )
  })

  test('more bytes or files than the limits, named with the limit', () => {
    expect(problemsOf(edit('x', 'y'.repeat(50 * 1024 * 1024)))[0]).toStartWith(
      'E_PATCH_SIZE: patch has more than 52428800 bytes',
    )
    const many = Array.from({ length: 10_001 }, (_, index) => edit(`f${index}`)).join('')
    expect(problemsOf(many)[0]).toStartWith('E_PATCH_SIZE: patch touches 10001 files, limit 10000')
  })

  test('all problems of a patch are named at once', () => {
    expect(
      problemsOf(edit('../x') + edit('.git/y') + binary.replace(/GIT[\s\S]*/, 'Binary files a/x and b/x differ\n')),
    ).toHaveLength(3)
  })
})

describe('splitting a patch into source and tests', () => {
  test('each side keeps its files byte for byte and in order', () => {
    const source = [edit('src/pkg/a.py', 'é\r'), rename, edit('changelog/1.feature.rst'), edit('inspector.py')]
    const tests = [
      edit('tests/test_a.py', '\u2028'),
      binary.replaceAll('logo', 'tests/logo'),
      addition('testing/data.txt'),
    ]
    const mixed = [source[0], tests[0], tests[1], source[1], source[2], tests[2], source[3]].join('')
    expect(splitPatch(mixed)).toEqual({ patch: source.join(''), test_patch: tests.join('') })
  })

  test('a moved file stands where it ends, a deleted one where it was', () => {
    const moved =
      'diff --git a/a.py b/tests/test_a.py\nsimilarity index 100%\nrename from a.py\nrename to tests/test_a.py\n'
    expect(splitPatch(moved + removal)).toEqual({ patch: removal, test_patch: moved })
  })

  test('a patch cut anywhere loses nothing', () => {
    const mixed = `From 1\n---\n${edit('a.py')}${edit('tests/test_a.py', 'x\\r')}${rename}${binary}${addition('tests/b.txt')}${removal}`
    for (let end = 0; end <= mixed.length; end += 1) {
      const cut = mixed.slice(0, end)
      const { patch, test_patch } = splitPatch(cut)
      expect(patch.length + test_patch.length).toBe(end)
      const parsed = parsePatch(cut)
      if (parsed.kind === 'parsed') expect(parsed.files.map((file) => file.text).join('')).toBe(cut)
    }
  })

  test('a damaged patch is split without loss, and one without files stays whole', () => {
    const cut = edit('tests/test_a.py').slice(0, -5)
    expect(splitPatch(edit('a.py') + cut)).toEqual({ patch: edit('a.py'), test_patch: cut })
    expect(splitPatch('words')).toEqual({ patch: 'words', test_patch: '' })
  })
})

test('added modules are dotted names of new Python files, moved ones included', () => {
  const moved = 'diff --git a/pkg/a.py b/pkg/b.py\nsimilarity index 100%\nrename from pkg/a.py\nrename to pkg/b.py\n'
  const patch = [
    addition('src/pkg/new.py'),
    addition('lib/other/__init__.py'),
    addition('plugins/x/src/plug/core/io.py'),
    addition('pkg/lib/fast.pyx'),
    addition('top.py'),
    addition('not-a-module/x.py'),
    addition('docs/readme.rst'),
    edit('pkg/old.py'),
    moved,
    removal,
  ].join('')
  expect(addedModules(patch)).toEqual(['other', 'pkg.b', 'pkg.lib.fast', 'pkg.new', 'plug.core.io', 'top'])
})
