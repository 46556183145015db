import type { NodeShell } from '../../src/node/serve-node.ts'
import type { MessageChannel } from '../../src/util/message-channel.ts'

/** Sends back what it gets, with its process id and whatever else it is told to add; ends when it gets `stop`. */
export function echoShell(more: object = {}): NodeShell {
  return {
    async run(listen, signal) {
      const stopped = Promise.withResolvers<void>()
      signal.addEventListener('abort', () => stopped.resolve())
      await listen((channel) => void echo(channel, more, stopped.resolve))
      await stopped.promise
    },
  }
}

async function echo(channel: MessageChannel, more: object, stop: () => void): Promise<void> {
  for await (const value of channel) {
    if (value === 'stop') return stop()
    channel.send({ pid: process.pid, value, ...more }, 'bulk')
  }
}
