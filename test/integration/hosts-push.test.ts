import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import packageFile from '../../package.json' with { type: 'json' }
import { runProcess } from '../../src/util/process.ts'
import { openswe } from '../support/openswe.ts'
import { TestSshd } from '../support/sshd.ts'

/** Machines, each an address of loopback, told apart by the server's forced command. */
const machines = {
  plain: '127.0.0.1',
  second: '127.0.0.2',
  arm: '127.0.0.3',
  old: '127.0.0.4',
  bsd: '127.0.0.5',
  silent: '127.0.0.6',
} as const

type MachineName = keyof typeof machines

let sshd: TestSshd
let folder: string
let binary: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openswe-hosts-push-'))
  binary = join(folder, 'openswe')
  await build('src/main.ts', binary)
  sshd = await TestSshd.start({
    addresses: Object.values(machines).filter((address) => address !== '127.0.0.1'),
    // Fewer may be on their way than there are machines: whoever is turned away comes again.
    config: ['ForceCommand sh "$HOME/../machine.sh"', 'MaxStartups 2'],
  })
  await sshd.writeKnownHosts((await sshd.hostKeyLines(`[127.0.0.*]:${sshd.port}`)).join(''))
  const tools = { arm: ['uname', 'echo Linux aarch64'], old: ['grep', 'exit 1'], bsd: ['uname', 'echo FreeBSD amd64'] }
  const cases: string[] = []
  for (const [name, [tool, line]] of Object.entries(tools)) {
    await mkdir(join(sshd.folder, name))
    await writeFile(join(sshd.folder, name, String(tool)), `#!/bin/sh\n${line}\n`, { mode: 0o755 })
    cases.push(`${machines[name as MachineName]}) PATH=${sshd.folder}/${name}:$PATH ;;`)
  }
  const script = `set -- $SSH_CONNECTION
    HOME=$HOME/$3; mkdir -p $HOME
    case $3 in ${cases.join('\n')} ${machines.silent}) exit 0 ;; esac
    exec sh -c "$SSH_ORIGINAL_COMMAND"`
  await writeFile(join(sshd.folder, 'machine.sh'), script)
})
afterAll(async () => {
  await sshd[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function build(entry: string, outfile: string): Promise<void> {
  const words = ['tools/build.ts', '--entry', entry, '--outfile', outfile]
  const { exitCode, stderr } = await runProcess([process.execPath, ...words])
  if (exitCode !== 0) throw new Error(stderr)
}

async function hostsFile(...names: readonly MachineName[]): Promise<string> {
  const path = join(sshd.folder, 'hosts.toml')
  const defaults = `[defaults]
port = ${sshd.port}
identity = "id"
known_hosts = "known_hosts"
ssh_config = "/dev/null"
connect_timeout = "20s"
`
  await writeFile(
    path,
    defaults + names.map((name) => `[[host]]\nname = "${name}"\naddress = "${machines[name]}"\n`).join(''),
  )
  return path
}

interface Pushed {
  readonly host: string
  readonly state: string
  readonly path: string | null
  readonly sent_bytes: number
  readonly trouble: { readonly kind: string; readonly message: string; readonly fix: string } | null
}

async function push(file: string, program: string = binary): Promise<{ exitCode: number | null; pushes: Pushed[] }> {
  const { exitCode, stdout, stderr } = await runProcess([program, 'hosts', 'push', file, '--json'])
  expect(stderr).toBe('')
  const lines = new TextDecoder().decode(stdout).trimEnd().split('\n')
  return { exitCode, pushes: lines.map((line) => JSON.parse(line)) }
}

test('the binary sends its build for hosts to all of them, and again nothing', async () => {
  const file = await hostsFile('plain', 'second')
  const { exitCode, pushes } = await push(file)
  expect(exitCode).toBe(0)
  expect(pushes.map(({ host, state }) => [host, state])).toEqual([
    ['plain', 'pushed'],
    ['second', 'pushed'],
  ])
  for (const { path } of pushes) {
    const { stdout } = await runProcess([path ?? '', '--version'])
    expect(new TextDecoder().decode(stdout)).toBe(`openswe ${packageFile.version}\n`)
    const sum = new Bun.CryptoHasher('sha256').update(await readFile(path ?? '')).digest('hex')
    expect(path).toEndWith(`/bin/${sum}/openswe`)
  }
  const again = await push(file)
  expect(again.pushes.map(({ state, sent_bytes }) => [state, sent_bytes])).toEqual([
    ['present', 0],
    ['present', 0],
  ])
})

test('an update on the same Bun sends less than 3 MB', async () => {
  const file = await hostsFile('plain')
  await push(file)
  const entry = join(import.meta.dir, '../../src/main.ts')
  const update = join(folder, 'update')
  await writeFile(join(folder, 'update.ts'), `console.error('newer'); await import(${JSON.stringify(entry)})`)
  await build(join(folder, 'update.ts'), update)
  const { exitCode, stdout } = await runProcess([update, 'hosts', 'push', file, '--json'])
  expect(exitCode).toBe(0)
  const one: Pushed = JSON.parse(new TextDecoder().decode(stdout))
  expect(one.state).toBe('pushed')
  expect(one.sent_bytes).toBeGreaterThan(100_000)
  expect(one.sent_bytes).toBeLessThan(3_000_000)
  const { stderr } = await runProcess([one.path ?? '', '--version'])
  expect(stderr).toBe('newer\n')
})

test('hosts that no binary is at hand for are told apart with what mends it, and stop no other', async () => {
  const { exitCode, pushes } = await push(await hostsFile('plain', 'arm', 'old', 'bsd', 'silent'))
  expect(exitCode).toBe(5)
  const troubles = Object.fromEntries(pushes.map(({ host, trouble }) => [host, trouble]))
  expect(troubles.plain).toBeNull()
  expect(troubles.arm).toMatchObject({ kind: 'no-binary', fix: expect.stringContaining('--target bun-linux-arm64') })
  expect(troubles.old).toMatchObject({
    kind: 'no-binary',
    fix: expect.stringContaining('--target bun-linux-x64-baseline'),
  })
  expect(troubles.bsd).toMatchObject({ kind: 'no-binary', message: expect.stringContaining('FreeBSD') })
  expect(troubles.silent).toMatchObject({ kind: 'no-shell' })
})

test('a host of another kind gets the binary that lies for it beside the one that runs', async () => {
  const beside = join(folder, 'openswe-linux-arm64')
  const bytes = await readFile(binary)
  // The same in all but its label, since what is pushed has to run on this machine.
  await writeFile(beside, Buffer.concat([bytes.subarray(0, -512), relabelled(bytes.subarray(-512), 'linux-arm64')]))
  const { pushes } = await push(await hostsFile('arm'))
  await rm(beside)
  expect(pushes).toMatchObject([{ state: 'pushed' }])
})

function relabelled(label: Buffer, target: string): Buffer {
  return Buffer.from(JSON.stringify({ ...JSON.parse(label.toString()), target }).padEnd(512))
}

test('from its sources openswe says which binary it needs, and takes one that is named', async () => {
  const file = await hostsFile('plain')
  const refused = await openswe(['hosts', 'push', file])
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toContain('bun tools/build.ts')
  const wrong = await openswe(['hosts', 'push', file, '--binary', file])
  expect(wrong.stderr).toContain('is no openswe binary')
  const given = await openswe(['hosts', 'push', file, '--binary', binary])
  expect(given.exitCode).toBe(0)
  expect(given.stdout).toMatch(/host +state +sent +took +path\nplain +present +0 B/)
  expect(given.stderr).toBe('1 host: 0 pushed, 1 had it already, 0 failed; 0 B sent\n')
})

test('nothing but programs by their hashes is in the folder, whatever happened', async () => {
  const bin = join(sshd.folder, 'home', machines.plain, '.cache/openswe/bin')
  for (const name of await readdir(bin)) {
    expect(name).toMatch(/^[0-9a-f]{64}$/)
    expect((await readdir(join(bin, name))).toSorted()).toEqual(['openswe', 'shared'])
  }
})
