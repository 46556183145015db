import { expect, test } from 'bun:test'
import type { SlurmSettings } from '../../src/domain/slurm.ts'
import { cancelCommand, jobName, nodeName, queueCommand, stepCommand, submitCommand } from '../../src/slurm/commands.ts'
import { shellJoin } from '../../src/util/shell-quote.ts'

const plain: SlurmSettings = { nodes: 1, options: [], dockerSocket: '/var/run/docker.sock', workFolder: '~/work' }

test('machines are asked for as an array of jobs, each of one whole machine', () => {
  const settings = {
    ...plain,
    nodes: 8,
    partition: 'batch',
    account: 'lab',
    time: '2-00:00:00',
    options: ['--qos=low'],
  }
  const words = submitCommand(settings, jobName('r1'), {
    indices: [1, 2, 5],
    serve: { folder: '~/runs/%a', words: ['~/bin/openswe', 'node', 'serve', '--name', nodeName('%a')] },
  })
  const script = words.pop() ?? ''
  expect(words.join(' ')).toBe(
    'sbatch --parsable --job-name=openswe-r1 --array=1,2,5 --nodes=1 --ntasks=1 --exclusive --mem=0 --requeue --chdir=/ --output=/dev/null --partition=batch --account=lab --time=2-00:00:00 --qos=low',
  )
  expect(script).toStartWith('--wrap=exec sh -c ')
  expect(script).toEndWith(" openswe '~/runs/%a' '~/bin/openswe' node serve --name slurm-%a")
})

test('what is not said in hosts.toml is left to the cluster', () => {
  expect(
    submitCommand(plain, 'openswe-r1', { indices: [1], serve: { folder: '/x', words: ['x'] } }).join(' '),
  ).not.toMatch(/--(?:partition|account|time|qos)/)
})

test('a word of the node process is no more than a word, whatever it holds', () => {
  const words = ['/a b/openswe', '$(touch /tmp/x)', "it's"]
  expect(submitCommand(plain, 'openswe-r1', { indices: [1], serve: { folder: '/x', words } }).at(-1)).toEndWith(
    ` openswe /x ${shellJoin(words)}`,
  )
})

test('jobs are found by their name, joined by a step that shares their machine, and cancelled by their ids', () => {
  expect(shellJoin(queueCommand('openswe-r1'))).toBe(
    "squeue --me --name=openswe-r1 --array --states=all --noheader '--format=%A|%K|%T|%N|%r|%F'",
  )
  expect(shellJoin(stepCommand('17', 'openswe node attach'))).toBe(
    "srun --jobid=17 --overlap --nodes=1 --ntasks=1 --mpi=none --unbuffered --quiet --chdir=/ sh -c 'openswe node attach'",
  )
  expect(shellJoin(cancelCommand(['17_1', '17_2']))).toBe('scancel 17_1 17_2')
})
