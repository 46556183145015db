import { expect, test } from 'bun:test'
import { parseJobs } from '../../src/slurm/jobs.ts'
import { jobTrouble } from '../../src/slurm/trouble.ts'

test("what squeue prints is read as jobs that wait, run or ended, with Slurm's reason", () => {
  const text = [
    '12|7|CANCELLED||None',
    '6|1|PENDING||Resources',
    '7|2|RUNNING|n1|None',
    '8|3|CONFIGURING|n2|None',
    '9|4|TIMEOUT|n3|TimeLimit',
    '10|5|NODE_FAIL|n4|NodeDown',
    '11|6|COMPLETING|n5|None',
    '13|8|SUSPENDED|n6|None',
    '',
  ]
  expect(parseJobs(text.join('\n'))).toEqual([
    { index: 1, state: 'waiting', jobId: '6', reason: 'Resources' },
    { index: 2, state: 'running', jobId: '7', host: 'n1' },
    { index: 3, state: 'waiting', jobId: '8', reason: 'CONFIGURING' },
    { index: 4, state: 'ended', jobId: '9', host: 'n3', ending: 'time-limit' },
    { index: 5, state: 'ended', jobId: '10', host: 'n4', ending: 'node-failed' },
    { index: 6, state: 'ended', jobId: '11', host: 'n5', ending: 'ending' },
    { index: 7, state: 'ended', jobId: '12', host: '', ending: 'cancelled' },
    { index: 8, state: 'waiting', jobId: '13', reason: 'SUSPENDED' },
  ])
})

test('a job that is not there is told with what mends it', () => {
  expect(jobTrouble({ state: 'waiting', jobId: '6', index: 1, reason: 'Priority' })).toEqual({
    kind: 'waiting',
    message: "job 6 waits in Slurm's queue: Priority",
    fix: 'wait; `squeue --start --job 6` tells until when',
  })
  expect(jobTrouble({ state: 'ended', jobId: '9', index: 2, host: 'n3', ending: 'time-limit' })).toEqual({
    kind: 'time-limit',
    message: 'n3: job 9 came to its time limit',
    fix: 'start the run again: it goes on with a new job, or with more `time` in [slurm]',
  })
  expect(jobTrouble(undefined).message).toBe('Slurm knows no job of it any more')
})
