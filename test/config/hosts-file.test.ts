import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readHosts } from '../../src/config/hosts-file.ts'
import { describeHostsProblems } from '../../src/config/hosts-problem.ts'
import { defaultsKeys } from '../../src/config/hosts-schema.ts'
import { parseHosts } from '../../src/config/hosts-toml.ts'
import { type Host, hostDefaults } from '../../src/domain/host.ts'
import { runProcess } from '../../src/util/process.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openswe-hosts-'))
})
afterAll(() => rm(folder, { recursive: true }))

function hostsOf(text: string): readonly Host[] {
  const parsed = parseHosts(text, '/etc/fleet')
  if (parsed.kind === 'refused') throw new Error(describeHostsProblems('hosts.toml', parsed.problems))
  return parsed.hosts
}

/** The lines that a person would read. */
function problemsOf(text: string): string[] {
  const parsed = parseHosts(text, '/etc/fleet')
  return parsed.kind === 'refused' ? describeHostsProblems('hosts.toml', parsed.problems).split('\n') : []
}

async function problemsOfFile(content: string | Uint8Array): Promise<string> {
  const path = join(folder, 'hosts.toml')
  await writeFile(path, content)
  const parsed = await readHosts(path)
  return parsed.kind === 'refused' ? describeHostsProblems('hosts.toml', parsed.problems) : 'fine'
}

const plain = { ...hostDefaults, labels: [] }

test('a name alone is a host, with every default', () => {
  expect(hostsOf('[[host]]\nname = "n1"\n')).toEqual([{ name: 'n1', address: 'n1', ...plain }])
})

test('what an entry says comes before the defaults of the file, and those before the defaults of the code', () => {
  const text = `
    [defaults]
    port = 2222
    user = "a"
    labels = ["x", "x"]
    host_keys = "accept-new"
    connect_timeout = "2m"
    [[host]]
    name = "n[1-2]"
    address = "10.0.0.[08-09]"
    user = "b"
    identity = "keys/id"
    jump = "ops@bastion:2200,[::1]:22"
    known_hosts = "~/kh"
    ssh_config = "/etc/c"
    slots = 256
    docker_socket = "/run/d.sock"
    work_folder = "/data/with space"
  `
  const both = {
    port: 2222,
    user: 'b',
    identity: '/etc/fleet/keys/id',
    jump: 'ops@bastion:2200,[::1]:22',
    knownHosts: join(homedir(), 'kh'),
    sshConfig: '/etc/c',
    slots: 256,
    labels: ['x'],
    hostKeys: 'accept-new',
    connectTimeoutMs: 120_000,
    dockerSocket: '/run/d.sock',
    workFolder: '/data/with space',
  } as const
  expect(hostsOf(text)).toEqual([
    { name: 'n1', address: '10.0.0.08', ...both },
    { name: 'n2', address: '10.0.0.09', ...both },
  ])
})

test('IPv6 addresses are taken with and without brackets and zone', () => {
  const text = ['::1', '[::1]', 'fe80::1%eth0', '[fe80::1%eth0]', '::ffff:10.0.0.1']
    .map((address, index) => `[[host]]\nname = "n${index}"\nport = ${1 + index}\naddress = "${address}"\n`)
    .join('')
  expect(hostsOf(text).map(({ address }) => address)).toEqual([
    '::1',
    '::1',
    'fe80::1%eth0',
    'fe80::1%eth0',
    '::ffff:10.0.0.1',
  ])
})

test('all problems of a file are told at once, each at its line with what was expected', () => {
  const text = [
    '[default]', // 1
    'port = 22', // 2
    '[defaults]', // 3
    'host_keys = "no"', // 4
    'connect_timeout = "10"', // 5
    '[[host]]', // 6
    'name = "n1"', // 7
    'prot = 22', // 8
    'port = "22"', // 9
    'slots = 0', // 10
    '[[host]]', // 11
    'address = "10.0.0.1"', // 12
    '[[host]]', // 13
    'name = "-oProxyCommand=touch x"', // 14
    '[[host]]', // 15
    'name = "n[3-1]"', // 16
    '[[host]]', // 17
    'name = "n[1-3]"', // 18
    'address = "10.0.0.[1-2]"', // 19
    'labels = ["a b"]', // 20
    'docker_socket = "docker.sock"', // 21
    'jump = "-x"', // 22
    '__proto__ = 1', // 23
    '[[host]]', // 24
    'name = "n[1-3]"', // 25
    'address = "10.0.0.[1-2]"', // 26
  ].join('\n')
  expect(problemsOf(text)).toEqual([
    'error[E_HOSTS_KEY]: hosts.toml:1: unknown key "default" — did you mean "defaults"?',
    'error[E_HOSTS_HOST_KEYS]: hosts.toml:4: host_keys must be "strict" or "accept-new"',
    'error[E_HOSTS_CONNECT_TIMEOUT]: hosts.toml:5: connect_timeout must be a time such as "10s", from 1s to 10m',
    'error[E_HOSTS_KEY]: hosts.toml:8: unknown key "prot" — did you mean "port"?',
    'error[E_HOSTS_PORT]: hosts.toml:9: port must be a whole number from 1 to 65535',
    'error[E_HOSTS_SLOTS]: hosts.toml:10: slots must be a whole number from 1 to 256',
    'error[E_HOSTS_KEY]: hosts.toml:11: name is missing — write name = "node1"',
    'error[E_HOSTS_NAME]: hosts.toml:14: name "-oProxyCommand=touch x" must begin with a letter or a digit, and hold letters, digits, `-`, `_` and `.`',
    'error[E_HOSTS_RANGE]: hosts.toml:16: name "n[3-1]" has 3-1, which runs backwards',
    'error[E_HOSTS_LABELS]: hosts.toml:20: labels must be a list of words of letters, digits, `-`, `_` and `.`, such as ["big-disk"]',
    'error[E_HOSTS_DOCKER_SOCKET]: hosts.toml:21: docker_socket must be an absolute path on the host',
    'error[E_HOSTS_JUMP]: hosts.toml:22: jump must be as in `ssh -J`: [user@]host[:port], several after commas, or none',
    'error[E_HOSTS_KEY]: hosts.toml:23: unknown key "__proto__" — there are name, address, port, user, identity, jump, host_keys, known_hosts, ssh_config, connect_timeout, labels, slots, docker_socket, work_folder',
    'error[E_HOSTS_RANGE]: hosts.toml:26: name stands for 3 hosts and address for 2 — give both as many numbers',
  ])
})

test('numbers outside of their bounds are refused', () => {
  for (const port of ['0', '70000', '"22"', '22.5', '-1']) {
    expect(problemsOf(`[[host]]\nname = "a"\nport = ${port}`)).toHaveLength(1)
  }
  for (const slots of ['0', '-1', '1_000_000_000', '2.5', 'true', '257']) {
    expect(problemsOf(`[[host]]\nname = "a"\nslots = ${slots}`)).toHaveLength(1)
  }
})

test('two hosts of one name, or of one machine, are refused with both lines', () => {
  const text = [
    '[[host]]', // 1
    'name = "n[1-3]"', // 2
    '[[host]]', // 3
    'name = "n2"', // 4
    '[[host]]', // 5
    'name = "other"', // 6
    'address = "N3"', // 7
    '[[host]]', // 8
    'name = "another"', // 9
    'address = "n3"', // 10
    'port = 23', // 11
  ].join('\n')
  expect(problemsOf(text)).toEqual([
    'error[E_HOSTS_DUP]: hosts.toml:4: n2 is on line 2 too — give it another name',
    'error[E_HOSTS_DUP]: hosts.toml:6: other is the same machine as n3 on line 2 — leave one out',
  ])
})

test('a file without hosts is refused', () => {
  const empty =
    'error[E_HOSTS_EMPTY]: hosts.toml: no hosts, so nothing can run — add one: [[host]] and name = "node1" below it'
  expect(problemsOf('')).toEqual([empty])
  expect(problemsOf('# only a comment\n\n')).toEqual([empty])
  expect(problemsOf('host = []')).toHaveLength(1)
})

test('tables of the wrong shape are refused', () => {
  expect(problemsOf('[host]\nname = "a"')).toEqual([
    'error[E_HOSTS_KEY]: hosts.toml:1: host must be a list of tables — write [[host]], in double brackets',
  ])
  expect(problemsOf('defaults = 1\nhost = ["a"]')).toEqual([
    'error[E_HOSTS_KEY]: hosts.toml:1: defaults must be a table',
    'error[E_HOSTS_KEY]: hosts.toml:2: host must be a table',
  ])
  expect(problemsOf('[[hosts]]\nname = "a"')[0]).toEndWith('unknown key "hosts" — did you mean "host"?')
})

test('a mistake in the TOML itself is told with line and column', () => {
  expect(problemsOf('[[host]]\nname = "a\n')).toEqual([
    'error[E_TOML]: hosts.toml:2:10: control characters are not allowed in strings',
  ])
  expect(problemsOf('[[host]]\nname "a"')[0]).toStartWith('error[E_TOML]: hosts.toml:2:6: ')
})

test('a secret is refused, and not repeated', () => {
  const key = `ghp_${'a1B2'.repeat(9)}`
  const text = `[[host]]\nname = "a"\npassword = "hunter22"\nuser = "${key}"\nidentity = "-----BEGIN PRIVATE KEY-----"`
  const lines = problemsOf(text)
  expect(lines.map((line) => line.slice(0, 37))).toEqual([
    'error[E_SECRET_IN_FILE]: hosts.toml:3',
    'error[E_SECRET_IN_FILE]: hosts.toml:4',
    'error[E_SECRET_IN_FILE]: hosts.toml:5',
  ])
  expect(lines.join('\n')).not.toMatch(/hunter22|ghp_|BEGIN/)
})

test('no more than twenty problems are listed, and the rest are counted', () => {
  const lines = problemsOf('[[host]]\nname = "-"\n'.repeat(25))
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toBe('… and 5 more')
})

test('what is not a readable text file is refused without waiting for it', async () => {
  const missing = await readHosts(join(folder, 'none.toml'))
  expect(missing).toMatchObject({ kind: 'refused', problems: [{ code: 'E_HOSTS_OPEN', line: 0 }] })
  const notAFile = { kind: 'refused', problems: [{ message: 'is not a regular file — give a hosts.toml' }] }
  expect(await readHosts(folder)).toMatchObject(notAFile)
  await runProcess(['mkfifo', join(folder, 'fifo')])
  expect(await readHosts(join(folder, 'fifo'))).toMatchObject(notAFile)
})

test('UTF-8 with a mark and CRLF is read, and UTF-16 is named', async () => {
  expect(await problemsOfFile('\ufeff[[host]]\r\nname = "a"\r\n')).toBe('fine')
  expect(await problemsOfFile(Buffer.from('\ufeff[[host]]', 'utf16le'))).toBe(
    'error[E_ENCODING]: hosts.toml: not UTF-8 (looks like UTF-16LE) — save it as UTF-8',
  )
  expect(await problemsOfFile(Uint8Array.of(0x5b, 0xff))).toBe(
    'error[E_ENCODING]: hosts.toml: not UTF-8 — save it as UTF-8',
  )
})

const example = join(import.meta.dir, '../../hosts.example.toml')

test('the example stands for the hosts that it describes', async () => {
  const hosts = await readHosts(example)
  if (hosts.kind === 'refused') throw new Error(describeHostsProblems(example, hosts.problems))
  expect(hosts.hosts.map(({ name }) => name)).toEqual([
    'builder',
    'big',
    ...Array.from({ length: 64 }, (_, index) => `node${String(index + 1).padStart(2, '0')}`),
  ])
  expect(hosts.hosts[0]).toEqual({ name: 'builder', address: 'builder', ...plain })
  expect(hosts.hosts.at(-1)).toMatchObject({ address: '10.1.0.64', jump: 'ops@bastion.example.org' })
})

test("the example's defaults are those of the code, and it names every key", async () => {
  const text = await Bun.file(example).text()
  const section = text.slice(text.indexOf('[defaults]'), text.indexOf('[[host]]', text.indexOf('[defaults]')))
  expect(hostsOf(`${section}\n[[host]]\nname = "n1"`)).toEqual(hostsOf('[[host]]\nname = "n1"'))
  const shown = [...section.matchAll(/^#? ?([a-z_]+) = /gm)].map(([, key]) => key ?? '')
  expect(shown.toSorted()).toEqual(defaultsKeys.toSorted())
})

test('what the example shows commented out is right as well', async () => {
  const text = await Bun.file(example).text()
  const uncommented = text.replace(/^# ([a-z_]+ = )/gm, '$1')
  expect(uncommented).not.toBe(text)
  expect(problemsOf(uncommented)).toEqual([])
})
