import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { slurmRemote } from '../../src/control/slurm-remote.ts'
import { openSlurmFleet } from '../../src/slurm/fleet.ts'
import { Parcel } from '../../src/ssh/parcel.ts'
import { push } from '../../src/ssh/push.ts'
import { realClock } from '../../src/util/clock.ts'
import { Semaphore } from '../../src/util/semaphore.ts'
import { TestSlurm } from '../support/slurm.ts'

const { signal } = new AbortController()
let slurm: TestSlurm
beforeAll(async () => {
  slurm = await TestSlurm.start()
})
afterAll(() => slurm?.[Symbol.asyncDispose]())

test('openswe is brought to a machine of Slurm as to a host, and the job that waited for it starts it', async () => {
  const program = join(slurm.folder, 'program')
  await writeFile(program, '#!/bin/sh\n[ "$1" = --version ] || { echo "$@" > ~/ran; exec sleep 1000; }\n')
  const parcel = await Parcel.ofFile(program)
  const opened = await openSlurmFleet(
    { nodes: 1, options: [], dockerSocket: '/var/run/docker.sock', workFolder: '~/work folder' },
    {
      runId: 'pushed',
      serve: {
        folder: '~/work folder/node',
        words: [`~/work folder/bin/${parcel.content.sha256}/openswe`, 'node', 'serve', '--name', 'slurm-%a'],
      },
      environment: slurm.environment,
    },
    signal,
  )
  if (opened.kind === 'failed') throw new Error(opened.trouble.message)
  const { fleet } = opened
  const [node = ''] = fleet.nodes
  await slurm.until(async () => (await fleet.connect(node, 'true', signal)).kind === 'opened')
  const request = {
    workFolder: '~/work folder',
    name: 'openswe',
    choose: () => ({ kind: 'chosen', parcel }) as const,
    streams: new Semaphore(1),
    timeoutMs: 20_000,
    signal,
  }
  const path = join(slurm.folder, 'work folder/bin', parcel.content.sha256, 'openswe')
  expect(await push(slurmRemote(fleet, node), request)).toMatchObject({ kind: 'pushed', path })
  expect(await push(slurmRemote(fleet, node), request)).toEqual({ kind: 'present', path })
  await slurm.until(() => Bun.file(join(slurm.folder, 'ran')).exists())
  expect(await readFile(join(slurm.folder, 'ran'), 'utf8')).toBe('node serve --name slurm-1\n')
  await fleet.leave(0, realClock, signal)
  // Whether the job is gone already, or is about to go, is chance.
  expect(await push(slurmRemote(fleet, node), request)).toMatchObject({ kind: 'failed' })
})
