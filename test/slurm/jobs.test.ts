import { expect, test } from 'bun:test'
import { parseJobs } from '../../src/slurm/jobs.ts'
import { jobTrouble } from '../../src/slurm/trouble.ts'

test("what squeue prints is read as jobs that wait, run or ended, with Slurm's reason", () => {
  const text = [
    '12|7|CANCELLED||None|6',
    '6|1|PENDING||Resources|6',
    '7|2|RUNNING|n1|None|6',
    '8|3|CONFIGURING|n2|None|6',
    '9|4|TIMEOUT|n3|TimeLimit|6',
    '10|5|NODE_FAIL|n4|NodeDown|6',
    '11|6|COMPLETING|n5|None|6',
    '13|8|SUSPENDED|n6|None|6',
    '',
  ]
  expect(parseJobs(text.join('\n'))).toEqual([
    { index: 1, state: 'waiting', jobId: '6', taskId: '6_1', reason: 'Resources' },
    { index: 2, state: 'running', jobId: '7', taskId: '6_2', host: 'n1' },
    { index: 3, state: 'waiting', jobId: '8', taskId: '6_3', reason: 'CONFIGURING' },
    { index: 4, state: 'ended', jobId: '9', taskId: '6_4', host: 'n3', ending: 'time-limit' },
    { index: 5, state: 'ended', jobId: '10', taskId: '6_5', host: 'n4', ending: 'node-failed' },
    { index: 6, state: 'ended', jobId: '11', taskId: '6_6', host: 'n5', ending: 'ending' },
    { index: 7, state: 'ended', jobId: '12', taskId: '6_7', host: '', ending: 'cancelled' },
    { index: 8, state: 'waiting', jobId: '13', taskId: '6_8', reason: 'SUSPENDED' },
  ])
})

test('a job that is not there is told with what mends it', () => {
  expect(jobTrouble({ state: 'waiting', jobId: '6', taskId: '6_1', index: 1, reason: 'Priority' })).toEqual({
    kind: 'waiting',
    message: "job 6_1 waits in Slurm's queue: Priority",
    fix: 'wait; `squeue --start --job 6_1` tells until when',
  })
  expect(jobTrouble({ state: 'ended', jobId: '9', taskId: '6_2', index: 2, host: 'n3', ending: 'time-limit' })).toEqual(
    {
      kind: 'time-limit',
      message: 'n3: job 6_2 came to its time limit',
      fix: 'start the run again: it continues with a new job, or with more `time` in [slurm]',
    },
  )
  expect(jobTrouble(undefined).message).toBe('Slurm knows no job of it any more')
})
