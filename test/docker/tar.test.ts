import { afterAll, expect, test } from 'bun:test'
import { chmod, mkdir, mkdtemp, rm, symlink, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { tarMembers } from '../../src/docker/archive.ts'
import { buildContext } from '../../src/docker/build-context.ts'
import { tarOf, tarOfDirectory } from '../../src/docker/tar.ts'

const dir = await mkdtemp(join(tmpdir(), 'openswe-tar-test-'))
afterAll(() => rm(dir, { recursive: true }))

async function makeTree(name: string): Promise<string> {
  const tree = join(dir, name)
  await mkdir(join(tree, 'b/c'), { recursive: true })
  await Bun.write(join(tree, 'b/run.sh'), '#!/bin/sh\n')
  await chmod(join(tree, 'b/run.sh'), 0o755)
  await Bun.write(join(tree, 'a.txt'), 'a')
  await symlink('../../nowhere', join(tree, 'b/c/link'))
  return tree
}

async function bytesOf(tar: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(tar))
}

async function listing(tar: Uint8Array): Promise<string[]> {
  const lines: string[] = []
  for await (const member of tarMembers(Readable.from([tar]))) {
    const content = member.type === 'file' ? await text(member.stream) : (member.linkTo ?? '')
    lines.push(`${member.type} ${member.mode.toString(8)} ${member.path} ${content}`.trim())
  }
  return lines
}

test('the same tree at another place and time gives the same bytes', async () => {
  const [one, other] = [await makeTree('one'), await makeTree('other')]
  await utimes(join(other, 'a.txt'), 1, 1)
  await chmod(join(other, 'a.txt'), 0o644)
  expect((await bytesOf(tarOfDirectory(one, 'repo'))).equals(await bytesOf(tarOfDirectory(other, 'repo')))).toBeTrue()
})

test('modes and links are kept, members are sorted, and nothing is followed', async () => {
  expect(await listing(await bytesOf(tarOfDirectory(await makeTree('kept'), 'repo')))).toEqual([
    'directory 755 repo',
    'file 644 repo/a.txt a',
    'directory 755 repo/b',
    'directory 755 repo/b/c',
    'symlink 777 repo/b/c/link ../../nowhere',
    'file 755 repo/b/run.sh #!/bin/sh',
  ])
})

test('a tree with a socket in it is refused', async () => {
  const tree = await makeTree('socket')
  const socket = Bun.listen({ unix: join(tree, 's'), socket: { data() {} } })
  expect(await bytesOf(tarOfDirectory(tree, 'repo')).catch((error: Error) => error.message)).toContain('neither a file')
  socket.stop(true)
})

test('files are put in an order of their own, and bytes are kept', async () => {
  const files = [
    { path: 'testbed/b', mode: 0o644, content: new Uint8Array([0, 255, 10]) },
    { path: 'testbed/a', mode: 0o777, content: { linkTo: 'b' } },
    { path: `testbed/${'long/'.repeat(60)}ü`, mode: 0o755, content: new Uint8Array() },
  ]
  const tar = await tarOf(files)
  expect(Buffer.from(tar).equals(await tarOf(files.toReversed()))).toBeTrue()
  expect((await listing(tar)).map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
    'symlink 777 testbed/a',
    'file 644 testbed/b',
    `file 755 testbed/${'long/'.repeat(60)}ü`,
  ])
})

test('a build context holds the Dockerfile, and the checkout where there is one', async () => {
  const dockerfile = 'FROM x\n'
  expect(await listing(await bytesOf(buildContext({ dockerfile })))).toEqual(['file 644 Dockerfile FROM x'])
  const whole = await listing(await bytesOf(buildContext({ dockerfile, repoDir: await makeTree('context') })))
  expect(whole.slice(0, 3)).toEqual(['file 644 Dockerfile FROM x', 'directory 755 repo', 'file 644 repo/a.txt a'])
})
