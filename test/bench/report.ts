import { table } from '../../src/cli/table.ts'
import { type Figure, judged, type Result } from './figure.ts'
import type { Machine } from './machine.ts'

export interface Finished {
  readonly bench: string
  readonly result: Result
  /** When it ended. */
  readonly loadPerCore: number
}

const heads = [
  'bench',
  'measured: median (min)',
  'floor: median (min)',
  'ratio: median (of min)',
  'difference',
  'goal',
  'n',
  'load',
  '',
]

/** All results as a table, what they were measured on, and a warning where others used the machine. */
export function tableOf(machine: Machine, finished: readonly Finished[]): string {
  return [
    `${machine.cpus} CPUs (${machine.model}), ${gigabytes(machine.memoryBytes)}, ${machine.system}, Bun ${machine.bun}\n\n`,
    table([heads, ...finished.map(cellsOf)]),
    ...finished.map(explanationOf),
    busyNote(finished),
  ].join('')
}

function cellsOf({ bench, result, loadPerCore }: Finished): string[] {
  if (result.kind !== 'figure') return [bench, `${result.kind}: ${result.why}`]
  const { median, min, isOk } = judged(result)
  const pair = (of: 'measured' | 'floor') => `${shown(result, median[of])} (${shown(result, min[of])})`
  const ratio = `${median.ratio.toFixed(2)} (${min.ratio.toFixed(2)})`
  const difference = shown(result, median.difference)
  const n = String(result.measured.values.length)
  return [
    bench,
    pair('measured'),
    pair('floor'),
    ratio,
    difference,
    goalOf(result),
    n,
    loadPerCore.toFixed(1),
    isOk ? 'ok' : 'over',
  ]
}

function shown({ unit }: Figure, value: number): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`
}

function goalOf({ goal, unit }: Figure): string {
  switch (goal.of) {
    case 'ratio':
      return `ratio ≤ ${goal.atMost}`
    case 'difference':
      return `floor + ${goal.atMost} ${unit}`
    case 'measured':
      return `≤ ${goal.atMost} ${unit}`
  }
}

function explanationOf({ bench, result }: Finished): string {
  if (result.kind !== 'figure') return `\n${bench}: ${result.of}\n`
  return `\n${bench}: ${result.measured.of}\n  floor: ${result.floor.of}\n`
}

function busyNote(finished: readonly Finished[]): string {
  const busiest = Math.max(0, ...finished.map((one) => one.loadPerCore))
  if (busiest <= 1) return ''
  return `\nThe machine was busy: up to ${busiest.toFixed(1)} processes a core (load). Times are longer than on a quiet one.\n`
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(0)} GB`
}
