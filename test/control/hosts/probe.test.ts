import { expect, test } from 'bun:test'
import { hostProbe, parseProbe } from '../../../src/control/hosts/probe.ts'
import { runProcess } from '../../../src/util/process.ts'

const nonce = 'openswe-1'
const times = { startedAtMs: 1_000_000, endedAtMs: 1_002_000 }

/** What is read of these lines, each after our word. */
function factsOf(...lines: readonly string[]) {
  const text = ['begin 1', ...lines].map((line) => `${nonce} ${line}\n`).join('')
  const answer = parseProbe(Buffer.from(text), nonce, times)
  if (answer.kind === 'noise') throw new Error(answer.text)
  return answer.facts
}

test('the probe answers in every POSIX shell here, and its arguments are taken as they are', async () => {
  const folder = "/tmp/it's $(a) `folder`"
  const { command, stdin, nonce: own } = hostProbe('/no such.sock', folder)
  for (const shell of ['sh', 'bash', 'dash'].filter((name) => Bun.which(name) !== null)) {
    const startedAtMs = Date.now()
    const { stdout, exitCode } = await runProcess([shell, '-c', command], { stdin })
    const answer = parseProbe(stdout, own, { startedAtMs, endedAtMs: Date.now() })
    expect({ shell, exitCode, ...answer }).toMatchObject({
      kind: 'answered',
      exitCode: 0,
      isWhole: true,
      facts: { platform: process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64', docker: { state: 'absent' } },
    })
    expect(answer.kind === 'answered' && answer.facts.work).toMatchObject({ trial: 'fine', folder: '/tmp' })
  }
})

test('what a shell prints at its start is passed over, and an answer without our word is noise', () => {
  const text = `Welcome!\nopenswe-2 begin 1\n${nonce} begin 1\nnoise\n${nonce} user me\n${nonce} end 1\nbye`
  expect(parseProbe(Buffer.from(text), nonce, times)).toMatchObject({
    kind: 'answered',
    isWhole: true,
    facts: { user: 'me' },
  })
  const refused = 'This account is \u001b[2Jcurrently not available.\n'.repeat(100)
  const noise = parseProbe(Buffer.from(refused), nonce, times)
  expect(noise.kind === 'noise' && noise.text).toStartWith('This account is \\x1b[2Jcurrently not available.')
  expect(noise.kind === 'noise' && noise.text.length).toBeLessThan(300)
})

test('what has a wrong form is left out, and nothing said twice is believed the second time', () => {
  const facts = factsOf(
    'user me\u001b[31m',
    'user you',
    'cpus lots',
    'memory 99999999999999999999 kB',
    'memory.available 2048 kB',
    'system Linux',
    'machine ../../x',
    'libc musl libc (x86_64)',
    'work.trial rm -rf',
    'clock tomorrow',
    'docker.socket usable',
    'docker.version {"Version":["1"],"ApiVersion":"1.41"}',
    'docker.info {"Driver":',
    '__proto__ x',
  )
  expect(facts).toEqual({
    user: 'me\\x1b[31m',
    system: 'Linux ../../x',
    libc: 'musl libc (x86_64)',
    hasAvx2: false,
    availableMemoryBytes: 2 * 2 ** 20,
    work: {},
    docker: { state: 'silent' },
  })
})

test('an answer that breaks off is known to have', () => {
  expect(parseProbe(Buffer.from(`${nonce} begin 1\n${nonce} user me`), nonce, times)).toMatchObject({ isWhole: false })
})

test('the C library is known by each of its names', () => {
  const glibc = (libc: string) => factsOf(`libc ${libc}`).glibc
  expect(glibc('glibc 2.36')).toEqual([2, 36])
  expect(glibc('ldd (Debian GLIBC 2.36-9+deb12u10) 2.36')).toEqual([2, 36])
  expect(glibc('ldd (GNU libc) 2.17')).toEqual([2, 17])
  expect(glibc('musl libc (x86_64)')).toBeUndefined()
})

test('a clock is known as well as the two readings of it allow', () => {
  const clock = (...lines: string[]) => factsOf(...lines).clock
  // Read 0.5 s after the start, and 0.5 s before the end, by a clock that is right.
  expect(clock('clock 1000.5', 'clock.end 1001.5')).toEqual({ aheadMs: 0, uncertainMs: 500 })
  expect(clock('clock 4600', 'clock.end 4602')).toEqual({ aheadMs: 3_600_000, uncertainMs: 0 })
  // A `date` without fractions, and an answer that broke off.
  expect(clock('clock 1000.%N')).toEqual({ aheadMs: -1000, uncertainMs: 1000 })
})

test('base images are found in what Docker’s client prints and in what its API answers, oldest first', () => {
  const docker = [
    'docker.socket usable',
    'docker.version {"Version":"20.10","ApiVersion":"1.41","Components":[{"Name":"runc","Version":"1.1.5"}]}',
    'docker.info {"Driver":"overlay2","CgroupVersion":"2","NCPU":2,"MemTotal":1024,"DockerRootDir":"/d"}',
  ]
  const printed =
    'docker.images openswe-python-3.11:latest openswe-python-2.7:latest openswe-python-3.9:latest x:latest'
  expect(factsOf(...docker, printed).docker).toEqual({
    state: 'answers',
    engine: {
      version: '20.10',
      apiVersion: '1.41',
      storageDriver: 'overlay2',
      cgroupVersion: 2,
      cpus: 2,
      memoryBytes: 1024,
      dataRoot: '/d',
      runcVersion: '1.1.5',
    },
    pythons: ['2.7', '3.9', '3.11'],
  })
  const answered = 'docker.images [{"RepoTags":["openswe-python-3.9:latest"]},{"RepoTags":["openswe-python-3.9:old"]}]'
  expect(factsOf(...docker, answered).docker).toMatchObject({ pythons: ['3.9'] })
})
