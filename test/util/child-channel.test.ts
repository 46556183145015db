import { expect, test } from 'bun:test'
import { openChild } from '../../src/util/child-channel.ts'

const env = { PATH: '/usr/bin:/bin' }

function opened(script: string) {
  const child = openChild(['sh', '-c', script], env)
  if (child === null) throw new Error('no sh')
  return child
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('what is written comes out again, and the end of the input is an end for the program', async () => {
  const child = opened('cat; echo "$HOME."')
  await child.write(Buffer.from('a'))
  child.end()
  expect(await textOf(child.readable)).toBe('a.\n')
  expect(await child.exitCode).toBe(0)
})

test('why it ended is told with the last line of its errors', async () => {
  expect(await opened('echo one >&2; printf "two\\033[2J" >&2; exit 3').closed).toBe(
    'sh ended with exit code 3: two\\x1b[2J',
  )
  expect(await opened('kill -9 $$').closed).toBe('sh was killed')
})

test('closing ends the program, also one that does not want to, and writing goes on without an error', async () => {
  for (const script of ['echo begun; exec sleep 1000', "trap '' TERM; echo begun; while :; do sleep 0.1; done"]) {
    const child = opened(script)
    for await (const _ of child.readable) break
    child.close()
    child.close()
    expect(await child.closed).toBe('it was closed here')
    await child.write(new Uint8Array(1_000_000))
  }
})

test('a program that reads nothing holds up the writer, until it ends', async () => {
  const child = opened('echo begun; exec sleep 1000')
  const steps: string[] = []
  const writing = child.write(new Uint8Array(10_000_000)).then(() => steps.push('written'))
  for await (const _ of child.readable) break
  steps.push('closing')
  child.close()
  await writing
  expect(steps).toEqual(['closing', 'written'])
})

test('what nobody reads stays with the program, which waits', async () => {
  const child = opened('timeout 0.5 head -c 30000000 /dev/zero; echo $? >&2')
  expect(await child.closed).toBe('sh ended with exit code 0: 124')
})

test('a program that is not there gives no channel', () => {
  expect(openChild(['/nonexistent/program'], env)).toBeNull()
})
