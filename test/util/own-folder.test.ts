import { afterAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { makeOwnFolder, sweepOwnFolders } from '../../src/util/own-folder.ts'

const prefix = `openswe-test-${crypto.randomUUID()}-`
const found = async () => (await readdir(tmpdir())).filter((name) => name.startsWith(prefix)).sort()
afterAll(async () => {
  for (const name of await found()) await rm(join(tmpdir(), name), { recursive: true })
})

test('what a killed process left is removed, and nothing of one that lives or cannot be known', async () => {
  const mine = await makeOwnFolder(prefix)
  const script = `const { makeOwnFolder } = await import(${JSON.stringify(join(import.meta.dir, '../../src/util/own-folder.ts'))})
    console.log(await makeOwnFolder(${JSON.stringify(prefix)}))
    setInterval(() => undefined, 1000)`
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' })
  const { value = new Uint8Array() } = await child.stdout.getReader().read()
  const left = new TextDecoder().decode(value).trim()
  await mkdir(join(left, 'objects/pack'), { recursive: true })
  await writeFile(join(left, 'objects/pack/one'), 'x', { mode: 0o400 })
  await sweepOwnFolders(prefix)
  expect(existsSync(left)).toBe(true)
  child.kill('SIGKILL')
  await child.exited

  const [, number = ''] = /\.(\d+)-/.exec(basename(mine).slice(prefix.length)) ?? []
  const elsewhere = `${prefix}${child.pid}.1.${Number(number) + 1}-abcdef`
  const unknown = [`${prefix}AbCdEf`, `${prefix}1.2-abcdef`, elsewhere]
  for (const name of unknown) await mkdir(join(tmpdir(), name))
  const reused = `${prefix}${process.pid}.1.${number}-abcdef`
  await mkdir(join(tmpdir(), reused))

  await sweepOwnFolders(prefix)
  expect(await found()).toEqual([basename(mine), ...unknown].sort())
})
