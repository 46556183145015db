import { attachNode } from '../../src/node/attach-node.ts'
import { bridge } from '../../src/node/bridge.ts'
import { serveNode, takenExitCode } from '../../src/node/serve-node.ts'
import type { MessageChannel } from '../../src/util/message-channel.ts'

/** A node process that sends back what it gets, with its own process id, and the bridge to it. */
const [, , action, folder = '', build = '', startMs = '10000'] = Bun.argv
const identity = { protocol: 4, build }

async function echo(channel: MessageChannel, stop: () => void): Promise<void> {
  for await (const value of channel) {
    if (value === 'stop') return stop()
    channel.send({ pid: process.pid, value }, 'bulk')
  }
}

if (action === 'serve') {
  const end = await serveNode(folder, identity, async (listen) => {
    const stopped = Promise.withResolvers<void>()
    if (build === 'broken') throw new Error('no engine here')
    if (build !== 'deaf') await listen((channel) => void echo(channel, stopped.resolve))
    await stopped.promise
  })
  process.exit(end.kind === 'taken' ? takenExitCode : 0)
}

const command = [process.execPath, import.meta.path, 'serve', folder, build]
const answer = await attachNode({ folder, identity, command, startMs: Number(startMs) })
if (answer.kind === 'refused') {
  console.error(answer.message)
  process.exit(5)
}
process.exit((await bridge(answer.socket, process.stdin, process.stdout)) === 'control' ? 0 : 3)
