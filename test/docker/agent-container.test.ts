import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import {
  type AgentContainer,
  type AgentContainerSpec,
  type CommandRun,
  withAgentContainer,
} from '../../src/docker/agent-container.ts'
import { labelsFor } from '../../src/docker/labels.ts'
import { sweep } from '../../src/docker/prune.ts'
import { containersOf, testLimits } from '../support/containers.ts'
import { testEngine } from '../support/engine.ts'
import { testImage } from '../support/image.ts'

setDefaultTimeout(60_000)

const runId = crypto.randomUUID()
const engine = await testEngine()
const imageId = await testImage(engine)

afterAll(() => sweep(engine, { runId }))

async function inContainer<T>(
  work: (container: AgentContainer) => Promise<T>,
  changes: Partial<AgentContainerSpec> = {},
): Promise<T> {
  const spec: AgentContainerSpec = {
    imageId,
    labels: labelsFor(runId, 'a__b-1', 'eval'),
    limits: testLimits,
    env: { GREETING: 'hello' },
    signal: new AbortController().signal,
    ...changes,
  }
  return withAgentContainer(engine, spec, async (container) => {
    await container.start()
    return await work(container)
  })
}

const bash = (container: AgentContainer, script: string) => container.run(['/bin/bash', '-c', script])
const exited = (exitCode: number) => ({ kind: 'exited', exitCode }) as const
const bytes = (text: string) => new TextEncoder().encode(text)

test('files and what is left running stay from one command to the next, variables and folders do not', async () => {
  await inContainer(async (container) => {
    const leaves = 'cd /tmp; X=1; echo $GREETING >file; sleep 100 >/dev/null 2>&1 & echo $! >pid; echo err >&2; exit 3'
    const first = await bash(container, `mkdir /tmp; ${leaves}`)
    expect(first).toEqual({ end: exited(3), output: 'err\n', isRestarted: false })
    const second = await bash(container, 'kill -0 $(cat /tmp/pid) && cat /tmp/file && echo "[$X]" $PWD $HOSTNAME')
    expect(second).toEqual({ end: exited(0), output: 'hello\n[] / openswe\n', isRestarted: false })
    const holding = await bash(container, 'sleep 100 & echo "over, though its output is held"')
    expect(holding).toMatchObject({ end: exited(0), output: 'over, though its output is held\n' })
  })
})

test('who looks on is told what commands print, while they print it', async () => {
  const heard = Promise.withResolvers<string>()
  const onOutput = (chunk: Uint8Array) => heard.resolve(new TextDecoder().decode(chunk))
  await inContainer(
    async (container) => {
      const ended = bash(container, 'echo begun; until [ -e /end ]; do :; done')
      expect(await heard.promise).toBe('begun\n')
      await bash(container, 'touch /end')
      await ended
    },
    { onOutput },
  )
})

test('above what a command prints who looks on is told its name, and whoever ran it is not', async () => {
  const printed: string[] = []
  await inContainer(
    async (container) => {
      const run = await container.run(['/bin/bash', '-c', 'echo said'], 'say it')
      expect(run).toMatchObject({ end: exited(0), output: 'said\n' })
    },
    { onOutput: (chunk) => void printed.push(new TextDecoder().decode(chunk)) },
  )
  expect(printed.join('')).toBe('$ say it\nsaid\n')
})

test('a command has no network, no rights that it could get, and memory that ends', async () => {
  await inContainer(async (container) => {
    const look = 'cat /proc/net/dev; cat /proc/self/status; (echo >/dev/tcp/1.1.1.1/53) 2>&1'
    const { output } = await bash(container, look)
    expect(output.match(/^ *\w+:.*\d+ +\d+ +\d+$/gm)?.length).toBe(1)
    expect(output).toMatch(/NoNewPrivs:\s+1/)
    expect(output).toContain('Network is unreachable')
    expect((await bash(container, 'x=$(yes 0123456789 | head -c 200000000); echo ${#x}')).end).toEqual(exited(137))
    expect(await bash(container, 'echo on')).toMatchObject({ output: 'on\n', isRestarted: false })
  })
})

test('a command that hangs is ended after its time with all else that runs, and its files stay', async () => {
  await inContainer(
    async (container) => {
      const hung = await bash(container, 'trap "" TERM; touch /here; setsid sleep 100 & echo began; sleep 100')
      expect(hung).toEqual({ end: { kind: 'timed-out', afterMs: 700 }, output: 'began\n', isRestarted: false })
      const next = await bash(container, 'ls /here; for p in /proc/[0-9]*; do cat $p/cmdline | xargs -0; done')
      expect(next.isRestarted).toBe(false)
      expect(next.output).toMatch(/^\/here$/m)
      expect(next.output).not.toContain('sleep 100')
    },
    { limits: { ...testLimits, timeoutMs: 700 } },
  )
})

test('of a hundred megabytes the beginning and the end are kept, and output without an end is ended', async () => {
  await inContainer(
    async (container) => {
      const run = await bash(container, 'echo first; yes 0123456789 | head -c 100000000; echo last')
      expect(run.end).toEqual(exited(0))
      expect(run.output).toStartWith('first\n0123')
      expect(run.output).toEndWith('last\n')
      expect(run.output.length).toBeLessThan(1100)
      expect(run.output).toContain('bytes left out')
      expect((await bash(container, 'yes')).end).toEqual({ kind: 'output-limit', limitBytes: 256 * 1024 * 1024 })
      expect((await bash(container, 'echo on')).output).toBe('on\n')
    },
    { limits: { ...testLimits, outputBytes: 1000 } },
  )
})

test('what takes all the processes there may be can be killed, and so can all that runs', async () => {
  await inContainer(
    async (container) => {
      const bomb = '(while :; do sleep 1000 & done) >/dev/null 2>&1 &'
      await bash(container, `echo 1 >/kept; mkfifo /p; ${bomb} read -t 1 <>/p`)
      // Its first process dies with the rest, and whether the last words come before that is chance.
      expect((await bash(container, 'kill -9 -1; echo killed')).output).toMatch(/^(?:killed\n)?$/)
      expect(await bash(container, 'cat /kept | cat')).toEqual({ end: exited(0), output: '1\n', isRestarted: true })
      expect(await bash(container, 'kill -9 $$')).toMatchObject({ end: exited(137) })
      expect(await bash(container, 'cat /kept')).toMatchObject({ output: '1\n', isRestarted: false })
    },
    { limits: { ...testLimits, pids: 20 } },
  )
})

test('where nothing can be started any more, that is said, and the files can still be read', async () => {
  await inContainer(async (container) => {
    await bash(container, 'echo 1 >/kept; rm -rf /bin /usr')
    const broken: CommandRun = { end: { kind: 'not-started' }, output: '', isRestarted: true }
    expect(await bash(container, 'echo on')).toEqual(broken)
    expect(await bash(container, 'echo on')).toMatchObject({ end: { kind: 'not-started' } })
    expect(await container.readFile('/kept', 10)).toMatchObject({ kind: 'file', content: bytes('1\n') })
  })
})

test('a disk that is filled ends the command, and what was written can be deleted', async () => {
  await inContainer(
    async (container) => {
      const { end } = await bash(container, 'yes | head -c 60000000 >/big; sleep 50')
      expect(end).toEqual({ kind: 'disk-limit', limitBytes: 30_000_000 })
      expect(await bash(container, 'rm /big; echo on')).toMatchObject({ output: 'on\n', isRestarted: false })
    },
    { limits: { ...testLimits, diskBytes: 30_000_000 } },
  )
})

test('an aborted command ends at once, and nothing is left of its container', async () => {
  const id = crypto.randomUUID()
  const stopping = new AbortController()
  const stopped = inContainer(
    async (container) => {
      const hanging = bash(container, 'sleep 100')
      stopping.abort(new Error('enough'))
      return await hanging
    },
    { signal: stopping.signal, labels: labelsFor(id, 'a__b-1', 'eval') },
  )
  await expect(stopped).rejects.toThrow('enough')
  expect(await containersOf(engine, id)).toEqual([])
})

test('a container is found by its labels while it is there, and removed after the work', async () => {
  const id = crypto.randomUUID()
  const labels = labelsFor(id, 'a__b-1', 'eval')
  await inContainer(async () => expect(await containersOf(engine, id, 'running')).toHaveLength(1), { labels })
  await expect(inContainer(() => Promise.reject(new Error('broken')), { labels })).rejects.toThrow('broken')
  expect(await containersOf(engine, id)).toEqual([])
})

test('a file is read through links, what is no file is named, and one is written with its folders, as of now', async () => {
  await inContainer(async (container) => {
    await bash(
      container,
      'mkdir /d; printf x >/d/f; chmod 755 /d/f; ln -s d/f /l; ln -s l /ll; ln -s o /o; ln -s none /n; mkfifo /p',
    )
    const read = (path: string) => container.readFile(path, 5)
    const found = { kind: 'file', path: '/d/f', mode: 0o755, content: new Uint8Array([120]) }
    for (const path of ['/d/f', '/ll', '//d/./f', '/d/../l']) {
      expect({ path, ...(await read(path)), content: undefined }).toMatchObject({ ...found, content: undefined })
    }
    expect(await read('/d')).toEqual({ kind: 'directory' })
    expect(await read('/none')).toEqual({ kind: 'absent' })
    expect(await read('/d/f/g')).toEqual({ kind: 'absent' })
    expect(await read('/o')).toEqual({ kind: 'absent' })
    expect(await read('/n')).toEqual({ kind: 'other' })
    expect(await read('/p')).toEqual({ kind: 'other' })
    expect(await container.readFile('/d/f', 0)).toEqual({ kind: 'too-large', sizeBytes: 1 })
    const beganS = Math.floor(Date.now() / 1000)
    await bash(container, 'rm /l; printf x >/f; ln -s d /l')
    const file = { mode: 0o755, content: bytes('new\n') }
    expect(await container.writeFile('/a/b/c', file)).toBe(true)
    expect(await container.writeFile('/l/c', file)).toBe(true)
    expect(await container.writeFile('/f', { ...file, content: bytes('') })).toBe(true)
    expect(await container.writeFile('/f/c', file)).toBe(false)
    expect(await container.writeFile('/d', file)).toBe(false)
    const { output } = await bash(container, 'cat /a/b/c /d/c; stat -c "%a %s" /a/b /f; stat -c %Y /a/b/c')
    const [modes, time] = [output.split('\n').slice(0, 4), Number(output.trim().split('\n').at(-1))]
    expect(modes).toEqual(['new', 'new', '755 4096', '755 0'])
    expect(time).toBeGreaterThanOrEqual(beganS)
  })
})

test('files below a folder are visited once all is stopped, up to so many bytes', async () => {
  await inContainer(async (container) => {
    await bash(
      container,
      'mkdir -p /r/d; printf x >/r/d/f; ln -s f /r/d/l; ln /r/d/f /r/h; yes | head -c 3000000 >/r/big',
    )
    await container.stop()
    const seen: string[] = []
    const visit = (maxBytes: number, path = '/r') =>
      container.visit(
        path,
        maxBytes,
        async ({ path, type, linkTo }) => void seen.push(`${path} ${type} ${linkTo ?? ''}`),
      )
    expect(await visit(10_000_000)).toBe('visited')
    expect(seen.sort()).toEqual([
      ...['r directory ', 'r/big file ', 'r/d directory ', 'r/d/f file ', 'r/d/l symlink f', 'r/h hardlink r/d/f'],
    ])
    expect(await visit(1_000_000)).toBe('too-large')
    expect(await visit(1_000_000, '/none')).toBe('absent')
  })
})
