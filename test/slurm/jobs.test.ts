import { expect, test } from 'bun:test'
import { parseJobs } from '../../src/slurm/jobs.ts'
import { jobTrouble } from '../../src/slurm/trouble.ts'

test("what squeue prints is read as jobs that wait, run or ended, with Slurm's reason", () => {
  const text = [
    '6|PENDING||Resources',
    '7|RUNNING|n1|None',
    '8|CONFIGURING|n2|None',
    '9|TIMEOUT|n3|TimeLimit',
    '10|NODE_FAIL|n4|NodeDown',
    '11|COMPLETING|n5|None',
    '12|CANCELLED||None',
    '13|SUSPENDED|n6|None',
    '',
  ]
  expect(parseJobs(text.join('\n'))).toEqual([
    { state: 'waiting', jobId: '6', reason: 'Resources' },
    { state: 'running', jobId: '7', node: 'n1' },
    { state: 'waiting', jobId: '8', reason: 'CONFIGURING' },
    { state: 'ended', jobId: '9', node: 'n3', ending: 'time-limit' },
    { state: 'ended', jobId: '10', node: 'n4', ending: 'node-failed' },
    { state: 'ended', jobId: '11', node: 'n5', ending: 'ending' },
    { state: 'ended', jobId: '12', node: '', ending: 'cancelled' },
    { state: 'waiting', jobId: '13', reason: 'SUSPENDED' },
  ])
})

test('a job that is not there is told with what mends it', () => {
  expect(jobTrouble({ state: 'waiting', jobId: '6', reason: 'Priority' })).toEqual({
    kind: 'waiting',
    message: "job 6 waits in Slurm's queue: Priority",
    fix: 'wait; `squeue --start --job 6` tells until when',
  })
  expect(jobTrouble({ state: 'ended', jobId: '9', node: 'n3', ending: 'time-limit' })).toEqual({
    kind: 'time-limit',
    message: 'n3: job 9 came to its time limit',
    fix: 'start the run again: it goes on with a new job, or with more `time` in [slurm]',
  })
})
