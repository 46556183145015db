import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { supportedPythons } from '../../src/control/base-images/flavour.ts'
import { baseImageName } from '../../src/control/base-images/template.ts'
import { Engine } from '../../src/docker/engine.ts'
import { findImage } from '../../src/docker/images.ts'
import { openswe } from '../support/openswe.ts'
import { TestSshd, withOwnMounts } from '../support/sshd.ts'

/** Machines, each an address of loopback, told apart by the server's forced command. */
const machines = {
  plain: '127.0.0.1',
  noisy: '127.0.0.2',
  odd: '127.0.0.3',
  noShell: '127.0.0.4',
  noExec: '127.0.0.5',
  unlisted: '127.0.0.6',
  bare: '127.0.0.7',
  curl: '127.0.0.8',
  hostile: '127.0.0.9',
} as const

let sshd: TestSshd
/** Accepts connections on a socket, and never answers. */
let hung: Server

beforeAll(async () => {
  sshd = await TestSshd.start({
    addresses: Object.values(machines).filter((address) => address !== '127.0.0.1'),
    config: ['ForceCommand sh "$HOME/../machine.sh"'],
  })
  await sshd.writeKnownHosts((await sshd.hostKeyLines(`[127.0.0.*]:${sshd.port}`)).join(''))
  await writeFile(join(sshd.folder, 'machine.sh'), machineScript())
  await Promise.all([
    writeOddTools(join(sshd.folder, 'odd')),
    writeBareTools(join(sshd.folder, 'bare')),
    writeCurl(join(sshd.folder, 'curl')),
  ])
  hung = createServer((socket) => void socket.resume())
  await new Promise<void>((resolve) => hung.listen(join(sshd.folder, 'hung.sock'), resolve))
})
afterAll(async () => {
  await new Promise((resolve) => hung.close(resolve))
  await sshd[Symbol.asyncDispose]()
})

/** What the account of each machine runs in place of what is asked for: that, with something between. */
function machineScript(): string {
  const asked = 'exec sh -c "$SSH_ORIGINAL_COMMAND"'
  const asNobody = 'setpriv --reuid=65534 --regid=65534 --clear-groups'
  return `
    set -- $SSH_CONNECTION
    case $3 in
      ${machines.noisy}) echo 'Welcome to noisy!'; echo 'Last login: never' >&2; ${asked} ;;
      ${machines.odd}) PATH=${sshd.folder}/odd:$PATH; ${asked} ;;
      ${machines.noShell}) exec /usr/sbin/nologin ;;
      ${machines.noExec}) mkdir -p ${sshd.folder}/noexec
        exec ${withOwnMounts} sh -c 'mount -t tmpfs -o noexec,size=64m tmpfs ${sshd.folder}/noexec; exec sh -c "$SSH_ORIGINAL_COMMAND"' ;;
      ${machines.unlisted}) ${process.getuid?.() === 0 ? asked.replace('exec', `exec ${asNobody}`) : asked} ;;
      ${machines.curl}) PATH=${sshd.folder}/curl:${sshd.folder}/bare; ${asked} ;;
      ${machines.bare}) PATH=${sshd.folder}/bare; ${asked} ;;
      ${machines.hostile}) yes "$(printf '\\033[2Jall is well')" | head -c 1000000 ;;
      *) ${asked} ;;
    esac
  `
}

/** A big-endian machine of another time, with another C library. */
async function writeOddTools(folder: string): Promise<void> {
  await mkdir(folder)
  const tools = {
    uname: '[ "$1" = -m ] && echo s390x || echo Linux',
    getconf: 'exit 1',
    ldd: 'echo "musl libc (s390x)"; exit 1',
    date: 'echo $(($(/bin/date +%s) - 3600))',
  }
  for (const [name, text] of Object.entries(tools))
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
}

/** The tools that every system has, and neither Git, Docker's client nor curl. */
async function writeBareTools(folder: string): Promise<void> {
  await mkdir(folder)
  const names = [
    'sh',
    'date',
    'id',
    'uname',
    'getconf',
    'sed',
    'grep',
    'df',
    'tail',
    'dirname',
    'mktemp',
    'rm',
    'chmod',
    'ls',
  ]
  for (const name of names) {
    const path = Bun.which(name)
    if (path !== null) await writeFile(join(folder, name), `#!/bin/sh\nexec ${path} "$@"\n`, { mode: 0o755 })
  }
}

/** As much of curl as is used, since not every machine that runs tests has it. */
async function writeCurl(folder: string): Promise<void> {
  await mkdir(folder)
  const program = `
    import { parseArgs } from 'node:util'
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        silent: { type: 'boolean', short: 's' },
        'show-error': { type: 'boolean', short: 'S' },
        fail: { type: 'boolean', short: 'f' },
        'max-time': { type: 'string' },
        'unix-socket': { type: 'string' },
      },
    })
    const answer = await fetch(positionals[0], { unix: values['unix-socket'] })
    process.stdout.write(await answer.text())
    process.exit(answer.ok ? 0 : 22)
  `
  await writeFile(join(folder, 'curl.ts'), program)
  await writeFile(join(folder, 'curl'), `#!/bin/sh\nexec ${process.execPath} ${folder}/curl.ts "$@"\n`, { mode: 0o755 })
}

/** A hosts.toml that knows this server's keys. */
async function hostsFile(...hosts: readonly string[]): Promise<string> {
  const path = join(sshd.folder, 'hosts.toml')
  const defaults = [
    '[defaults]',
    `port = ${sshd.port}`,
    'identity = "id"',
    'known_hosts = "known_hosts"',
    'ssh_config = "/dev/null"',
    'connect_timeout = "20s"',
  ]
  await writeFile(path, [...defaults, ...hosts.map((host) => `[[host]]\n${host}`), ''].join('\n'))
  return path
}

const machine = (name: keyof typeof machines, ...lines: readonly string[]) =>
  [`name = "${name}"`, `address = "${machines[name]}"`, ...lines].join('\n')

/** The reports by host, and the exit code. */
async function checked(...hosts: readonly string[]) {
  const { exitCode, stdout, stderr } = await openswe(['hosts', 'check', await hostsFile(...hosts), '--json'])
  expect(stderr).toBe('')
  const reports = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { exitCode, reports, byName: Object.fromEntries(reports.map((report) => [report.host, report])) }
}

/** What is not ok of a report, without what this machine's own engine lacks. */
function problemsOf(report: { checks: { name: string; state: string; found: string; fix?: string }[] }) {
  const ofEngine = ['cgroup', 'runc', 'storage driver', 'base images', 'disk', "the engine's disk", 'engine API']
  return report.checks
    .filter(({ name, state }) => state !== 'ok' && !ofEngine.includes(name))
    .map(({ name, state, found }) => `${state} ${name}: ${found}`)
}

test('a machine says truly what it has, Docker and base images included', async () => {
  const engine = Engine.connect()
  const facts = await engine.facts()
  const pythons: string[] = []
  for (const python of supportedPythons)
    if ((await findImage(engine, baseImageName(python))) !== null) pythons.push(python)
  const { byName } = await checked(machine('plain', 'slots = 1'))
  expect(byName.plain).toMatchObject({
    address: '127.0.0.1',
    slots: 1,
    system: process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64',
    cpus: cpus().length,
    docker: { version: facts.version, api_version: facts.apiVersion, storage_driver: facts.storageDriver },
  })
  expect(byName.plain.docker.base_images.toSorted()).toEqual(pythons.toSorted())
  expect(Math.abs(byName.plain.memory_bytes - totalmem())).toBeLessThan(2 ** 20)
  expect(Math.abs(byName.plain.clock_ahead_ms)).toBeLessThan(1000)
  expect(problemsOf(byName.plain)).toEqual([])
})

test('machines with something wrong are told apart, side by side, each with what is wrong and no more', async () => {
  const { exitCode, reports, byName } = await checked(
    machine('plain', `docker_socket = "${sshd.folder}/hung.sock"`),
    machine('noisy', `work_folder = "${sshd.folder}/id/work"`),
    machine('odd'),
    machine('noShell'),
    machine('noExec', `work_folder = "${sshd.folder}/noexec/work"`, 'docker_socket = "/no/docker.sock"'),
    machine('unlisted'),
    machine('bare'),
    machine('curl'),
    machine('hostile'),
  )
  expect(exitCode).toBe(5)
  expect(reports.map(({ host }) => host)).toEqual(Object.keys(machines))
  expect(problemsOf(byName.plain)).toEqual([`missing engine: Docker at ${sshd.folder}/hung.sock does not answer`])
  expect(problemsOf(byName.noisy)).toEqual([`missing work folder: ${sshd.folder}/id is no folder`])
  expect(problemsOf(byName.odd)).toEqual([
    expect.stringMatching(/^missing system: Linux s390x/),
    'missing libc: musl libc (s390x)',
    expect.stringMatching(/^warning clock: (?:1h00m|59m\d\ds) behind this machine$/),
  ])
  expect(problemsOf(byName.noShell)).toEqual([expect.stringContaining('missing ssh no-shell: ')])
  expect(problemsOf(byName.noExec)).toEqual([
    `missing work folder: no program can be run from ${sshd.folder}/noexec`,
    'missing engine: no socket at /no/docker.sock',
  ])
  expect(byName.noExec.free_bytes).toBeLessThanOrEqual(64 * 2 ** 20)
  expect(byName.noExec.checks).toContainEqual(expect.objectContaining({ name: 'disk', state: 'warning' }))
  expect(problemsOf(byName.bare)).toEqual([
    'missing git: not found',
    'warning engine: neither docker nor curl is there to ask it by',
  ])
  expect(problemsOf(byName.curl)).toEqual(['missing git: not found'])
  expect(byName.curl.docker).toEqual({ ...byName.odd.docker, free_bytes: expect.any(Number) })
  expect(problemsOf(byName.hostile)).toEqual([expect.stringContaining('no-shell: ')])
  expect(JSON.stringify(byName.hostile)).not.toContain('\\u001b')
  if (process.getuid?.() !== 0) return
  expect(problemsOf(byName.unlisted)).toEqual([
    expect.stringMatching(/^missing work folder: nobody cannot write to /),
    'missing engine: nobody may not use /var/run/docker.sock',
  ])
})

test('a person reads a row a host, with a line for each problem and what mends it', async () => {
  await writeFile(
    join(sshd.folder, 'other_hosts'),
    (await readFile(`${sshd.identity}.pub`, 'utf8')).replace(/^/, `[127.0.0.2]:${sshd.port} `),
  )
  const file = await hostsFile(
    machine('plain'),
    machine('noisy', 'known_hosts = "other_hosts"'),
    'name = "gone"\naddress = "no-such-host.invalid"',
    machine('odd', 'known_hosts = "none"'),
  )
  const { exitCode, stdout, stderr } = await openswe(['hosts', 'check', file, '--starts', '2'])
  expect(exitCode).toBe(5)
  const lines = stdout.split('\n')
  expect(lines[0]).toMatch(/^host {3}state +system +CPUs +memory +free +Docker +storage +base images$/)
  expect(stdout).toMatch(/^plain {2}\w+ +linux-\w+ +\d+ +[\d.]+ GiB/m)
  expect(stdout).toMatch(/^noisy {2}missing\n {4}ssh key-changed: .*\n {6}→ somebody may be in between; /m)
  expect(stdout).toMatch(/^gone {3}missing\n {4}ssh dns: no-such-host\.invalid:\d+: .*\n {6}→ correct the address/m)
  expect(stdout).toMatch(/^odd {4}missing\n {4}ssh key-unknown: /m)
  expect(stderr).toMatch(/^4 hosts: \d ok, \d usable with warnings, 3 not usable\n$/)
})

test('a range of hosts is checked as one, and some of it by name', async () => {
  const file = await hostsFile('name = "n[1-3]"\naddress = "127.0.0.[1-3]"')
  const some = await openswe(['hosts', 'check', file, '--json', '--only', 'n2,n1'])
  expect(some.stdout.match(/"host":"n\d"/g)).toEqual(['"host":"n1"', '"host":"n2"'])
  const wrong = await openswe(['hosts', 'check', file, '--only', 'n22'])
  expect(wrong).toEqual({ exitCode: 2, stdout: '', stderr: 'openswe: no host is named n22 — did you mean n2?\n' })
})

test('a file with mistakes is told whole, and nothing is connected', async () => {
  const file = await hostsFile('name = "a"\nprot = 22', 'name = "b"\nslots = 0')
  expect(await openswe(['hosts', 'check', file])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: [
      'openswe: hosts cannot be read',
      `error[E_HOSTS_KEY]: ${file}:9: unknown key "prot" — did you mean "port"?`,
      `error[E_HOSTS_SLOTS]: ${file}:12: slots must be a whole number from 1 to 256`,
      '',
    ].join('\n'),
  })
  const none = await openswe(['hosts', 'check'], { cwd: `${sshd.folder}/home` })
  expect(none.stderr).toContain('error[E_HOSTS_OPEN]: hosts.toml: no such file')
  expect((await openswe(['hosts', 'list'])).stderr).toBe(
    'openswe: unknown action `list` — `check`, `push` and `images` are what there is\n',
  )
})
