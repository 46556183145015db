import type { Machine } from './machine.ts'
import { mustRun } from './must-run.ts'

export type Direction = 'in' | 'out' | 'both'

/** Seen from the node: its own programs and its containers alike. */
export async function dropPackets(machine: Machine, share: number, direction: Direction): Promise<void> {
  const chains = [
    { direction: 'in', chain: 'PREROUTING', words: ['-i', 'eth0'] },
    { direction: 'out', chain: 'POSTROUTING', words: ['-o', 'eth0'] },
  ]
  const chance = ['-m', 'statistic', '--mode', 'random', '--probability', String(share)]
  for (const { chain, words, ...of } of chains) {
    await machine.tell(['iptables', '-w', '-t', 'mangle', '-F', chain])
    if (share === 0 || (direction !== 'both' && direction !== of.direction)) continue
    await machine.tell(['iptables', '-w', '-t', 'mangle', '-A', chain, ...words, ...chance, '-j', 'DROP'])
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
