import { join, resolve } from 'node:path'
import * as v from 'valibot'
import packageFile from '../../../package.json' with { type: 'json' }
import { protocolVersion } from '../../domain/message.ts'
import { attachNode } from '../../node/attach-node.ts'
import { bridge } from '../../node/bridge.ts'
import { type NodeShell, serveNode, takenExitCode } from '../../node/serve-node.ts'
import { type Command, command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { flag, text } from '../option-values.ts'
import { ownCommand } from '../own-command.ts'
import type { Terminal } from '../terminal.ts'

/** Which node of which run a process is, and what it has on its machine. */
export interface NodePlace {
  readonly run: string
  readonly name: string
  /** As in hosts.toml, and absolute: what is kept from run to run is below it. */
  readonly workFolder: string
  /** The node's own: nobody else writes there. */
  readonly folder: string
  readonly dockerSocket: string
}

/** Names a folder. */
const name = v.pipe(text, v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'letters, digits, dots, - and _ are wanted'))

const schema = v.object({
  run: name,
  name,
  workFolder: text,
  dockerSocket: v.optional(text, '/var/run/docker.sock'),
  machine: v.optional(name),
  build: v.optional(text, packageFile.version),
  wait: flag,
})

type Values = v.InferOutput<typeof schema>

/** What control runs on a machine; nobody else needs it. */
export function nodeCommand(shellOf: (place: NodePlace) => NodeShell): Command {
  return command({
    options: [
      { name: 'run', value: 'ID', description: 'The run it takes part in' },
      { name: 'name', value: 'NAME', description: 'What control calls this machine' },
      { name: 'machine', value: 'NAME', description: 'Which machine this is, where another may come in its place' },
      { name: 'work-folder', value: 'FOLDER', description: 'Where everything is kept, as in hosts.toml' },
      { name: 'docker-socket', value: 'PATH', description: 'Where its Docker listens (default: /var/run/docker.sock)' },
      { name: 'build', value: 'ID', description: 'What this program is called (default: its version)' },
      { name: 'wait', description: 'With `attach`: wait for the process, which something else starts' },
    ],
    examples: ['openswe node attach --run 7f3a --name node07 --work-folder /var/openswe'],
    schema,
    async run([action = ''], values, terminal) {
      if (action === 'serve') return await serve(values, shellOf(placeOf(values)), terminal)
      if (action === 'attach') return await attach(values, terminal)
      throw new UsageError(`unknown action \`${action}\` — \`serve\` and \`attach\` are what there is`)
    },
  })
}

function placeOf({ run, name, machine, workFolder, dockerSocket }: Values): NodePlace {
  const root = resolve(workFolder)
  // Machines may share the folder: each has its own below it.
  const folder = join(root, 'runs', run, name, machine ?? '')
  return { run, name, workFolder: root, folder, dockerSocket }
}

const identityOf = ({ build }: Values) => ({ protocol: protocolVersion, build })

async function serve(values: Values, shell: NodeShell, terminal: Terminal): Promise<number> {
  const end = await serveNode(placeOf(values).folder, identityOf(values), shell)
  if (end.kind === 'ended') return exitCodes.success
  terminal.err(`openswe: ${placeOf(values).folder} is taken by ${end.holder} — if that is gone, remove ${end.file}\n`)
  return takenExitCode
}

async function attach(values: Values, terminal: Terminal): Promise<number> {
  const { folder } = placeOf(values)
  const command = values.wait ? null : [...ownCommand(), ...serveWords(values)]
  const answer = await attachNode({ folder, identity: identityOf(values), command })
  if (answer.kind === 'refused') {
    terminal.err(`openswe: ${answer.message}\n`)
    return exitCodes.preflight
  }
  const end = await bridge(answer.socket, process.stdin, process.stdout)
  return end === 'control' ? exitCodes.success : exitCodes.unresolved
}

/** In `/`, where a relative path means something else. */
function serveWords(values: Values): readonly string[] {
  const { run, name, workFolder, dockerSocket } = placeOf(values)
  const place = ['--run', run, '--name', name, '--work-folder', workFolder, '--docker-socket', resolve(dockerSocket)]
  const machine = values.machine === undefined ? [] : ['--machine', values.machine]
  return ['node', 'serve', ...place, ...machine, '--build', values.build]
}
