import { OutboxFile } from '../../src/node/outbox-file.ts'

/** Goes on counting where the file ends, and prints each number that is safe; to be killed. */
const { outbox, values } = await OutboxFile.open(Bun.argv[2] ?? '', { ballastBytes: 0 })
for (const value of values) process.stdout.write(`${value}\n`)
for (let number = values.length + 1; ; number += 1) {
  await outbox.append([number])
  process.stdout.write(`${number}\n`)
}
