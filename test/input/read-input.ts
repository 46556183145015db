import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type InputRow, readInstances } from '../../src/input/instance-file.ts'
import { describeProblem } from '../../src/input/problem.ts'

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

export async function readFile(path: string): Promise<InputRow[]> {
  const rows: InputRow[] = []
  for await (const found of readInstances(path)) rows.push(found)
  return rows
}

/** Everything that a file of this content gives. */
export async function readAll(content: string | Uint8Array): Promise<InputRow[]> {
  const directory = await mkdtemp(join(tmpdir(), 'openswe-input-'))
  try {
    await Bun.write(join(directory, 'tasks.jsonl'), content)
    return await readFile(join(directory, 'tasks.jsonl'))
  } finally {
    await rm(directory, { recursive: true })
  }
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
