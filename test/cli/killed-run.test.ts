import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { acceptedAttempts } from '../../src/store/attempts.ts'
import { openStore } from '../../src/store/store.ts'

const script = join(import.meta.dir, 'killed-run.ts')

/** Lines printed until the run ended, or until it was killed after printing so many. */
async function linesUntil(database: string, killAfter: number): Promise<string[]> {
  const child = Bun.spawn([process.execPath, script, database], { stdout: 'pipe', stderr: 'inherit' })
  let text = ''
  for await (const chunk of child.stdout) {
    text += new TextDecoder().decode(chunk)
    if (text.split('\n').length > killAfter) child.kill('SIGKILL')
  }
  await child.exited
  return text.split('\n').filter((line) => line !== '')
}

test('killed again and again, a run loses no accepted environment and repeats only what was running', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'openswe-killed-'))
  try {
    const database = join(folder, 'a.db')
    const begun: string[] = []
    let accepted: string[] = []
    for (const killAfter of [1, 2, 5, 3, 8, 4, 6, 1]) {
      begun.push(...(await linesUntil(database, killAfter)))
      using store = await openStore(database, 'read')
      const now = acceptedAttempts(store).map((row) => row.instance_id)
      expect(now).toEqual(expect.arrayContaining(accepted))
      accepted = now
    }
    const lines = await linesUntil(database, Number.POSITIVE_INFINITY)
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ total: 12, accepted: 6, rejected: 6, queued: 0, faulted: 0 })
    begun.push(...lines.slice(0, -1))
    const distinct = new Set(begun)
    expect(distinct.size).toBe(36)
    // Eight kills, each of which cut off at most what two slots were running.
    expect(begun.length - distinct.size).toBeLessThanOrEqual(8 * 2)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
