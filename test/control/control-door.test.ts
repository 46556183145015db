import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlFolder, controlSocketName, openControlDoor } from '../../src/control/control-door.ts'
import { connectAt } from '../../src/util/unix-socket.ts'

let root: string
let database: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'openswe-door-'))
  database = join(root, 'a.db')
})
afterEach(() => rmSync(root, { recursive: true }))

async function visit() {
  const socket = await connectAt(controlFolder(database), controlSocketName)
  if (socket === null) throw new Error('nobody listens')
  socket.on('error', () => undefined)
  return socket
}

/** All that comes back until the other side closes. */
async function said(bytes: string | Uint8Array): Promise<string> {
  const socket = await visit()
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  // Who is turned away may be so before this listens.
  const closed = socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once('close', resolve))
  socket.write(bytes)
  await closed
  return text
}

const pause = '{"version":2,"command":"pause"}\n'
const beginning = /^\{"kind":"beginning","explanation":"the run is still beginning[^\n]*"\}\n$/
const refused = /^\{"kind":"refused","explanation":"openswe [^\n]* does not know this request"\}\n$/

test('what is no request is refused in one line or cut off, and the door stays open', async () => {
  const done: unknown[] = []
  await using _door = await openControlDoor(database, (request) => done.push(request))
  expect(await said(pause)).toMatch(beginning)
  const strange = [
    '\n',
    'pause\n',
    'null\n',
    '[]\n',
    '{"command":"pause"}\n',
    '{"version":9,"command":"pause"}\n',
    '{"version":2,"command":"pause","really":true}\n',
    '{"version":2,"command":"drain","nodes":[],"isUndone":false}\n',
    `{"version":2,"command":"drain","nodes":["${'n'.repeat(2000)}"],"isUndone":false}\n`,
    '{"version":2,"command":"slots","node":"n","slots":1e9}\n',
    '{"version":2,"command":"slots","node":"n","slots":2.5}\n',
    '{"version":2,"command":"__proto__"}\n',
    `${'['.repeat(60_000)}\n`,
    new Uint8Array([0xff, 0xfe, 0x00, 0x0a]),
  ]
  for (const line of strange) expect(await said(line)).toMatch(refused)
  expect(await said('x'.repeat(70_000))).toBe('')
  expect(await said(`${pause}${pause}and more`)).toMatch(beginning)
  expect(done).toEqual([])
})

test('visitors who say nothing keep others out only while there are many of them', async () => {
  await using _door = await openControlDoor(database, () => undefined)
  const silent = await Promise.all(Array.from({ length: 32 }, visit))
  expect(await said(pause)).toBe('')
  await Promise.all(
    silent.map((socket) => {
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.destroy()
      return closed
    }),
  )
  let answer = ''
  while (answer === '') answer = await said(pause)
  expect(answer).toMatch(beginning)
})

test('the door is in a folder that is this user’s alone, and gone with it', async () => {
  mkdirSync(controlFolder(database))
  chmodSync(controlFolder(database), 0o777)
  writeFileSync(join(controlFolder(database), controlSocketName), 'what a killed run left')
  {
    await using _door = await openControlDoor(database, () => undefined)
    expect(statSync(controlFolder(database)).mode & 0o777).toBe(0o700)
    expect(await said(pause)).toMatch(beginning)
  }
  expect(readdirSync(root)).toEqual([])
})

test('a door is not opened in a folder that is a link, or no folder', async () => {
  mkdirSync(join(root, 'elsewhere'))
  symlinkSync(join(root, 'elsewhere'), controlFolder(database))
  const opened = () => openControlDoor(database, () => undefined)
  expect(opened()).rejects.toThrow('a.db-control is not a folder of this user')
  rmSync(controlFolder(database))
  writeFileSync(controlFolder(database), '')
  expect(opened()).rejects.toThrow('EEXIST')
})
