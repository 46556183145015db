import { describe, expect, test } from 'bun:test'
import { parsePatch } from '../../src/domain/patch.ts'
import { goldLines } from '../../src/synthesis/gold-lines.ts'

const patch = `diff --git a/pkg/wrap.py b/pkg/wrap.py
--- a/pkg/wrap.py
+++ b/pkg/wrap.py
@@ -1,4 +1,5 @@
 def wrap(text, width):
-    return [text]
+    if width < 1:
+        raise ValueError('width must be positive')
     # the end
 
`

function linesOf(text: string, base = '') {
  const parsed = parsePatch(text)
  if (parsed.kind !== 'parsed') throw new Error(parsed.problems.join())
  return goldLines(parsed.files, base)
}

const isIn = (text: string, base?: string) => linesOf(patch, base).isCopiedIn(new TextEncoder().encode(text))

describe('the gold patch is found', () => {
  test('in a file that has it applied', () => {
    expect(
      isIn(
        "import re\ndef wrap(text, width):\n    if width < 1:\n        raise ValueError('width must be positive')\n    # the end\n",
      ),
    ).toBe(true)
  })

  test('in a text that holds the patch itself', () => {
    expect(isIn(`RUN patch <<X\n${patch}X\n`)).toBe(true)
  })
})

describe('the gold patch is not found', () => {
  test('in a file that only has some line like it', () => {
    expect(isIn("    raise ValueError('width must be positive')\n")).toBe(false)
  })

  test('where what it adds was there before', () => {
    const fixed =
      "def wrap(text, width):\n    if width < 1:\n        raise ValueError('width must be positive')\n    # the end"
    expect(isIn(fixed, fixed)).toBe(false)
  })

  test('by a line too short to say where it came from', () => {
    const short = 'diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n x = 1\n+y = 2\n'
    expect(linesOf(short).blocks).toEqual([])
  })
})
