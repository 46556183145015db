import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deadNodes } from '../../src/node/dead-nodes.ts'
import { tryLockFile } from '../../src/util/lock-file.ts'

let runs: string
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'openswe-dead-nodes-'))
})
afterEach(() => rm(runs, { recursive: true }))

/** The folder of a node, with the lock of a process that may be gone. */
async function nodeAt(path: string) {
  const folder = join(runs, path)
  await mkdir(folder, { recursive: true })
  const tried = await tryLockFile(join(folder, 'lock'))
  if (tried.kind === 'taken') throw new Error(tried.holder)
  return { folder, lock: tried.lock }
}

async function died({ folder, lock }: Awaited<ReturnType<typeof nodeAt>>): Promise<string> {
  await lock[Symbol.asyncDispose]()
  return folder
}

test('nodes whose process is gone are told by their labels, those that live and the own one are not', async () => {
  await died(await nodeAt('r1/n1'))
  await died(await nodeAt('r2/slurm-1/m7'))
  await using _alive = (await nodeAt('r1/n2')).lock
  const own = await died(await nodeAt('r3/n1'))
  expect(await deadNodes(runs, own)).toEqual(['r1.n1', 'r2.slurm-1.m7'])
})

test('the folder of a dead node stays while it holds events that nobody has, and goes else', async () => {
  const told = await died(await nodeAt('r1/n1'))
  const untold = await died(await nodeAt('r1/n2'))
  await writeFile(join(untold, 'outbox'), 'events')
  await deadNodes(runs, join(runs, 'r9/n9'))
  expect([existsSync(told), existsSync(untold)]).toEqual([false, true])
})

test('where no run was there are no dead nodes', async () => {
  expect(await deadNodes(join(runs, 'nowhere'), join(runs, 'nowhere/r/n'))).toEqual([])
})
