import { stat } from 'node:fs/promises'
import { OutboxFile, OutboxFullError } from '../../src/node/outbox-file.ts'

/** Appends until a small disk is full, drains, and appends again; prints what it saw. */
const path = Bun.argv[2] ?? ''
const options = { ballastBytes: 64 * 1024 }
const first = await OutboxFile.open(path, options)
const isShortAtFirst = first.outbox.isShort
let isShortBeforeFull = false
let refused = ''
let count = 0
for (; refused === ''; count += 1) {
  isShortBeforeFull ||= first.outbox.isShort
  await first.outbox.append([{ count, text: 'x'.repeat(8000) }]).catch((error) => {
    refused = error instanceof OutboxFullError ? error.code : String(error)
  })
}
await first.outbox[Symbol.asyncDispose]()

const second = await OutboxFile.open(path, options)
const isAllThere = second.values.length === count - 1
second.outbox.drop(second.values.length)
await second.outbox.append([])
const isSmallAfterDrop = (await stat(path)).size < 8000
const isShortAtLast = second.outbox.isShort
await second.outbox.append(['again'])
await second.outbox[Symbol.asyncDispose]()

const third = await OutboxFile.open(path, options)
const isAppendedAgain = third.values.at(-1) === 'again'
console.log(
  JSON.stringify({
    isShortAtFirst,
    isShortBeforeFull,
    refused,
    isAllThere,
    isSmallAfterDrop,
    isShortAtLast,
    isAppendedAgain,
  }),
)
