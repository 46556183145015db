import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { readHosts, readSlurm } from '../../src/config/hosts-file.ts'
import { describeHostsProblems } from '../../src/config/hosts-problem.ts'
import { slurmKeys } from '../../src/config/hosts-schema.ts'
import { parseHosts, parseSlurm } from '../../src/config/hosts-toml.ts'
import { hostDefaults } from '../../src/domain/host.ts'

/** The lines that a person would read. */
function problemsOf(text: string): string[] {
  const parsed = parseSlurm(text, '/etc/fleet')
  return parsed.kind === 'refused' ? describeHostsProblems('hosts.toml', parsed.problems).split('\n') : []
}

test('a number of machines is enough, and the rest is as for a host', () => {
  const { dockerSocket, workFolder } = hostDefaults
  expect(parseSlurm('[slurm]\nnodes = 3\n', '/')).toEqual({
    kind: 'parsed',
    slurm: { nodes: 3, options: [], dockerSocket, workFolder },
  })
})

test('what [slurm] says comes before the defaults of the file', () => {
  const text = `
    [defaults]
    slots = 4
    work_folder = "/scratch"
    docker_socket = "/run/d.sock"
    [slurm]
    nodes = 64
    partition = "a,b-2"
    account = "lab.x"
    time = "1-12:00:00"
    options = ["--qos=low", "--constraint=docker&ssd"]
    work_folder = "~/here"
  `
  expect(parseSlurm(text, '/')).toEqual({
    kind: 'parsed',
    slurm: {
      nodes: 64,
      partition: 'a,b-2',
      account: 'lab.x',
      time: '1-12:00:00',
      options: ['--qos=low', '--constraint=docker&ssd'],
      slots: 4,
      dockerSocket: '/run/d.sock',
      workFolder: '~/here',
    },
  })
})

test('each problem is told at its line, with what was expected', () => {
  const options =
    'options must be a list of options such as "--qos=low", of these: begin, comment, constraint, exclude, gres, licenses, mail-type, mail-user, nice, qos, reservation, tmp, wckey'
  const lines = [
    ['nodes = 0', 'E_HOSTS_NODES', 'nodes must be a whole number from 1 to 1000'],
    ['partition = "-p x"', 'E_HOSTS_PARTITION', 'partition must be the name of a partition, or several after commas'],
    ['account = "a b"', 'E_HOSTS_ACCOUNT', "account must be the name of an account of Slurm's"],
    [
      'time = "12:00"',
      'E_HOSTS_TIME',
      'time must be hours, minutes and seconds, perhaps after days: "12:00:00" or "2-00:00:00"',
    ],
    ['options = ["--output=/etc/x"]', 'E_HOSTS_OPTIONS', options],
    ['node = 1', 'E_HOSTS_KEY', 'unknown key "node" — did you mean "nodes"?'],
    ['token = "x"', 'E_SECRET_IN_FILE', 'token would be a secret'],
  ] as const
  const told = problemsOf(`[slurm]\n${lines.map(([line]) => line).join('\n')}\n`)
  for (const [index, [, code, message]] of lines.entries()) {
    expect(told[index]).toStartWith(`error[${code}]: hosts.toml:${index + 2}: ${message}`)
  }
  expect(told).toHaveLength(lines.length)
  expect(problemsOf('[slurm]\n')).toEqual(['error[E_HOSTS_KEY]: hosts.toml:1: nodes is missing — write nodes = 8'])
  expect(problemsOf('slurm = 1\n')).toEqual(['error[E_HOSTS_KEY]: hosts.toml:1: slurm must be a table'])
  expect(problemsOf('[[host]]\nname = "a"\n')).toEqual([
    'error[E_HOSTS_EMPTY]: hosts.toml: nothing is asked of Slurm — add [slurm] and nodes = 8 below it',
  ])
})

test('options that sbatch itself would understand are refused where we rely on them', () => {
  for (const option of ['--wrap=x', '--array=1-2', '-Jx', '--qos', '--qos=a\nb', '--uid=0', '--export=ALL']) {
    expect(problemsOf(`[slurm]\nnodes = 1\noptions = [${JSON.stringify(option)}]\n`)).toHaveLength(1)
  }
})

test('a file for Slurm alone has no hosts, and one for both has both', () => {
  expect(parseHosts('[slurm]\nnodes = 1\n', '/')).toMatchObject({
    kind: 'refused',
    problems: [{ code: 'E_HOSTS_EMPTY' }],
  })
  expect(parseHosts('[[host]]\nname = "a"\n[slurm]\nnodes = "1"\n', '/')).toMatchObject({
    kind: 'refused',
    problems: [{ code: 'E_HOSTS_NODES', line: 4 }],
  })
})

const example = join(import.meta.dir, '../../hosts.example.toml')

test('the example shows every key for Slurm, or says that it is as for a host', async () => {
  const read = await readSlurm(example)
  if (read.kind === 'refused') throw new Error(describeHostsProblems(example, read.problems))
  expect(read.slurm).toMatchObject({ nodes: 8, partition: 'batch', account: 'builders', time: '2-00:00:00' })
  expect((await readHosts(example)).kind).toBe('parsed')
  const text = await Bun.file(example).text()
  const section = text.slice(text.indexOf('# For `--launcher slurm`'))
  for (const key of slurmKeys) expect(section).toMatch(new RegExp(`\\b${key}\\b`))
})
