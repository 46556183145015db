import type { Machine } from './machine.ts'
import { mustRun } from './must-run.ts'

export type Direction = 'in' | 'out' | 'both'

/** Seen from the node: its own programs and its containers alike, or only what its sshd hears and says. */
export async function dropPackets(
  machine: Machine,
  share: number,
  direction: Direction,
  of: 'all' | 'sshd' = 'all',
): Promise<void> {
  const chains = [
    { direction: 'in', chain: 'PREROUTING', words: ['-i', 'eth0'], port: '--dport' },
    { direction: 'out', chain: 'POSTROUTING', words: ['-o', 'eth0'], port: '--sport' },
  ]
  const chance = ['-m', 'statistic', '--mode', 'random', '--probability', String(share)]
  for (const { chain, words, port, ...way } of chains) {
    await machine.tell(['iptables', '-w', '-t', 'mangle', '-F', chain])
    if (share === 0 || (direction !== 'both' && direction !== way.direction)) continue
    const which = of === 'all' ? [] : ['-p', 'tcp', port, '22']
    await machine.tell(['iptables', '-w', '-t', 'mangle', '-A', chain, ...words, ...which, ...chance, '-j', 'DROP'])
  }
}

/** Each direction by itself, with a queue of two seconds. Null for as fast as it goes. */
export async function throttle(machine: Machine, cable: string, kilobits: number | null): Promise<void> {
  await machine.tell(tcWords('eth0', kilobits))
  await mustRun(tcWords(cable, kilobits))
}

function tcWords(device: string, kilobits: number | null): readonly string[] {
  // noqueue is what such a device has to begin with.
  if (kilobits === null) return ['tc', 'qdisc', 'replace', 'dev', device, 'root', 'noqueue']
  const limits = ['rate', `${kilobits}kbit`, 'burst', '16kbit', 'latency', '2000ms']
  return ['tc', 'qdisc', 'replace', 'dev', device, 'root', 'tbf', ...limits]
}
