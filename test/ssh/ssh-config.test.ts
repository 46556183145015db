import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SshTarget } from '../../src/domain/host.ts'
import { readSshSettings } from '../../src/ssh/ssh-config.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openswe ssh config '))
})
afterAll(() => rm(folder, { recursive: true }))

const signal = AbortSignal.timeout(20_000)
const agent = '/run/agent'

/** As ssh resolves it with a configuration of these lines. */
async function resolved(lines: readonly string[], changes: Partial<SshTarget> = {}) {
  const sshConfig = join(folder, 'config')
  await writeFile(sshConfig, `${lines.join('\n')}\n`)
  return await readSshSettings(
    { address: 'node1', hostKeys: 'strict', connectTimeoutMs: 1000, sshConfig, ...changes },
    agent,
    signal,
  )
}

async function settingsOf(lines: readonly string[], changes: Partial<SshTarget> = {}) {
  const read = await resolved(lines, changes)
  if (read.kind === 'failed') throw new Error(read.trouble.message)
  return read.settings
}

test("without a word in its configuration, ssh's defaults hold", async () => {
  expect(await settingsOf([])).toMatchObject({
    hostname: 'node1',
    port: 22,
    family: 0,
    hostKeyAlias: null,
    agentSocket: agent,
    jumps: [],
    proxyCommand: null,
    identitiesOnly: false,
  })
  const { identityFiles, knownHostsFiles } = await settingsOf([])
  expect(identityFiles).toContain(join(homedir(), '.ssh/id_ed25519'))
  expect(knownHostsFiles).toContain('/etc/ssh/ssh_known_hosts')
})

test('an alias of the configuration is followed', async () => {
  const lines = [
    'Host node*',
    '  HostName 10.0.0.1',
    '  Port 2222',
    '  User builder',
    '  AddressFamily inet',
    `  IdentityFile "${folder}/keys/%r@%n:%p"`,
    '  IdentityFile ~/100%%',
    '  IdentitiesOnly yes',
    `  IdentityAgent ${folder}/own`,
    `  UserKnownHostsFile "${folder}/kh" ~/kh2`,
    '  GlobalKnownHostsFile none',
    '  HostKeyAlias fleet',
    '  HashKnownHosts yes',
    '  ProxyJump ops@bastion:2200,inner',
  ].map((line) => line.replace(`IdentityAgent ${folder}/own`, `IdentityAgent "${folder}/own"`))
  expect(await settingsOf(lines)).toEqual({
    hostname: '10.0.0.1',
    port: 2222,
    family: 4,
    user: 'builder',
    hostKeyAlias: 'fleet',
    identityFiles: [`${folder}/keys/builder@node1:2222`, join(homedir(), '100%')],
    identitiesOnly: true,
    agentSocket: `${folder}/own`,
    jumps: ['ops@bastion:2200', 'inner'],
    proxyCommand: null,
    knownHostsFiles: [`${folder}/kh`, join(homedir(), 'kh2')],
    hashKnownHosts: true,
  })
})

test('what hosts.toml says comes before what the configuration says', async () => {
  const lines = ['Host *', 'Port 1', 'User a', 'ProxyCommand nc %h %p', `IdentityFile "${folder}/a"`]
  const changes = {
    port: 2,
    user: 'b',
    identity: join(folder, 'missing one'),
    jump: 'bastion',
    knownHosts: join(folder, 'k h'),
  }
  const settings = await settingsOf(lines, changes)
  expect(settings).toMatchObject({ port: 2, user: 'b', jumps: ['bastion'], proxyCommand: null })
  expect(settings.identityFiles).toEqual([join(folder, 'missing one'), join(folder, 'a')])
  expect(settings.knownHostsFiles[0]).toBe(join(folder, 'k h'))
  expect(await settingsOf(lines, { jump: 'none' })).toMatchObject({ jumps: [], proxyCommand: 'nc %h %p' })
  expect(await settingsOf(['IdentityAgent none'])).toMatchObject({ agentSocket: null })
})

test('IPv6 addresses go to ssh as they are', async () => {
  expect(await settingsOf([], { address: 'fe80::1%eth0', port: 2222 })).toMatchObject({ hostname: 'fe80::1%eth0' })
})

test('an address that looks like an option is none, and a configuration with a mistake is told', async () => {
  const marker = join(folder, 'ran')
  const hostile = await resolved([], { address: `-oProxyCommand=touch ${marker}` })
  expect(hostile).toMatchObject({ kind: 'failed', trouble: { kind: 'misconfigured' } })
  expect(await Bun.file(marker).exists()).toBe(false)
  expect(await resolved(['Host *', 'Prot 22'])).toMatchObject({
    kind: 'failed',
    trouble: { kind: 'misconfigured', message: expect.stringContaining('Bad configuration option: prot') },
  })
  expect(await resolved([], { sshConfig: join(folder, 'none') })).toMatchObject({
    kind: 'failed',
    trouble: { kind: 'misconfigured', message: expect.stringContaining('No such file') },
  })
})

/** `user@host:port` of each address, all read at once. */
async function askedFor(addresses: readonly string[], lines: readonly string[], changes: Partial<SshTarget> = {}) {
  const read = await Promise.all(addresses.map((address) => settingsOf(lines, { ...changes, address })))
  return read.map(({ hostname, port, user }) => `${user}@${hostname}:${port}`)
}

test('hosts that differ in their address only are reached as if each had been asked for', async () => {
  const lines = ['Host *', 'Port 2200', 'User all']
  expect(await askedFor(['node1', 'node2', '10.0.0.7'], lines)).toEqual([
    'all@node1:2200',
    'all@node2:2200',
    'all@10.0.0.7:2200',
  ])
  // Read anew once it says something else.
  expect(await askedFor(['node2', 'node1'], ['Port 2201', 'User all'])).toEqual(['all@node2:2201', 'all@node1:2201'])
  expect(await askedFor(['127.1', 'NODE1'], lines)).toEqual(['all@127.0.0.1:2200', 'all@node1:2200'])
})

test('what a configuration says of some hosts holds for these alone', async () => {
  for (const lines of [
    ['Host node2', 'Port 2', 'Host *', 'Port 1'],
    ['Match host node2', 'Port 2', 'Match all', 'Port 1'],
    ['Host !node2 *', 'Port 1', 'Host *', 'Port 2'],
  ]) {
    const all = ['User u', ...lines]
    expect(await askedFor(['node1', 'node2', 'node3'], all)).toEqual(['u@node1:1', 'u@node2:2', 'u@node3:1'])
    const included = join(folder, 'included')
    await writeFile(included, all.join('\n'))
    const through = [`Include "${included}"`]
    expect(await askedFor(['node1', 'node2', 'node3'], through)).toEqual(['u@node1:1', 'u@node2:2', 'u@node3:1'])
  }
  const named = ['User u', 'Port 1', 'HostName %h.example']
  expect(await askedFor(['node1', 'node2'], named)).toEqual(['u@node1.example:1', 'u@node2.example:1'])
})
