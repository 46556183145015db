import type { SlurmFleet } from '../slurm/fleet.ts'
import type { Remote } from '../ssh/connection.ts'

/** A machine of Slurm's as a host over SSH is: what can be done on the one by commands, can be done on the other. */
export function slurmRemote(fleet: SlurmFleet, node: string): Remote {
  return {
    place: node,
    async exec(command, options) {
      const end = await fleet.exec(node, command, options)
      if (end.kind !== 'failed') return end
      const { message, fix } = end.trouble
      return { kind: 'failed', trouble: { kind: 'lost', message: `${node}: ${message}`, fix } }
    },
  }
}
