import { attachNode } from '../../src/node/attach-node.ts'
import { bridge } from '../../src/node/bridge.ts'
import { type NodeShell, serveNode, takenExitCode } from '../../src/node/serve-node.ts'
import { echoShell } from '../support/echo-shell.ts'

/** A node process that sends back what it gets, and the bridge to it. */
const [, , action, folder = '', build = '', startMs = '10000'] = Bun.argv
const identity = { protocol: 4, build }

const brokenShell: NodeShell = {
  async run() {
    throw new Error('no engine here')
  },
}

if (action === 'serve') {
  const end = await serveNode(folder, identity, build === 'broken' ? brokenShell : echoShell())
  process.exit(end.kind === 'taken' ? takenExitCode : 0)
}

const own = [process.execPath, import.meta.path, 'serve', folder, build]
const command = action === 'wait' ? null : own
const answer = await attachNode({ folder, identity, command, startMs: Number(startMs) })
if (answer.kind === 'refused') {
  console.error(answer.message)
  process.exit(5)
}
process.exit((await bridge(answer.socket, process.stdin, process.stdout)) === 'control' ? 0 : 3)
