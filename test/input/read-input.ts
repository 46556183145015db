import { afterAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type InputRow, readInstances } from '../../src/input/instance-file.ts'
import { describeProblem } from '../../src/input/problem.ts'

const directory = mkdtempSync(join(tmpdir(), 'openswe-input-'))
afterAll(() => rmSync(directory, { recursive: true }))

export function edit(path: string, line = 'new'): string {
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-old\n+${line}\n`
}

export const goodRow = {
  instance_id: 'own__repo-1',
  repo: 'own/repo',
  base_commit: 'a'.repeat(40),
  patch: edit('src/a.py'),
  test_patch: edit('tests/test_a.py'),
} as const

/** The good row with other fields; undefined takes a field away. */
export function row(fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ...goodRow, ...fields })
}

export async function writeInput(content: string | Uint8Array, name = 'tasks.jsonl'): Promise<string> {
  const path = join(mkdtempSync(join(directory, 'case-')), name)
  await Bun.write(path, content)
  return path
}

export async function readFile(path: string): Promise<InputRow[]> {
  const rows: InputRow[] = []
  for await (const found of readInstances(path)) rows.push(found)
  return rows
}

export async function readAll(content: string | Uint8Array): Promise<InputRow[]> {
  return readFile(await writeInput(content))
}

/** What a person would read about a file of this content, without its directory. */
export async function problemsOf(content: string | Uint8Array): Promise<string[]> {
  return (await readAll(content)).flatMap((found) =>
    found.kind === 'problem' ? [describeProblem('tasks.jsonl', found)] : [],
  )
}

/** The instances read from a file of this content. */
export async function instancesOf(content: string | Uint8Array) {
  return (await readAll(content)).flatMap((found) => (found.kind === 'instance' ? [found.instance] : []))
}
