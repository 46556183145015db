import * as v from 'valibot'
import type { ControlReply, NodeLoad } from '../control/control-request.ts'
import { closestWord } from '../util/closest-word.ts'
import { printable } from '../util/printable.ts'
import type { OptionRow } from './command.ts'
import { askControl, type ControlAnswer, type SteeringRequest } from './control-client.ts'
import { PreflightError, UsageError } from './errors.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { database, databaseOption } from './options/database.ts'
import { flag } from './options/values.ts'
import type { Terminal } from './terminal.ts'

export type Done = Extract<ControlReply, { kind: 'done' }>

/** What every command has that asks something of a run that goes on. */
export const askRows: readonly OptionRow[] = [databaseOption, { name: 'json', description: 'Print one JSON object' }]

export const askOptions = { db: database, json: flag } as const

const askSchema = v.object(askOptions)

/** Prints what came of it, in words or as JSON. Throws UsageError or PreflightError where nothing was done. */
export async function askRun(
  request: SteeringRequest,
  { db, json }: v.InferOutput<typeof askSchema>,
  terminal: Terminal,
  words: (done: Done) => string,
): Promise<ExitCode> {
  const done = doneOf(await askControl(db, request))
  const { kind: _, ...facts } = done
  terminal.out(json ? `${JSON.stringify(facts)}\n` : `${printable(words(done), 'lines')}\n`)
  const warning = warningOf(done)
  if (warning !== null) terminal.err(`${warning}\n`)
  return exitCodes.success
}

function doneOf(answer: ControlAnswer): Done {
  switch (answer.kind) {
    case 'done':
      return answer
    case 'unknown-node': {
      const near = closestWord(answer.node, answer.nodes)
      const hint = near === undefined ? `its nodes are ${answer.nodes.join(', ')}` : `did you mean ${near}?`
      throw new UsageError(`no node of the run is named ${answer.node} — ${hint}`)
    }
    case 'refused':
      throw new UsageError(answer.explanation)
    case 'absent':
    case 'unreachable':
    case 'beginning':
      throw new PreflightError(answer.explanation)
  }
}

/** The run goes on and does nothing: that is easily overlooked. */
function warningOf({ nodes, waiting }: Done): string | null {
  if (waiting === 0 || nodes.some(({ state }) => state !== 'draining')) return null
  return `every node is draining: ${waiting} wait until one is undrained (--undo) or the run is stopped`
}

/** `3 run, 120 wait`, of all nodes together. */
export function loadWords({ nodes, waiting }: Pick<Done, 'nodes' | 'waiting'>): string {
  const running = nodes.reduce((sum, node) => sum + node.running, 0)
  const held = nodes.reduce((sum, node) => sum + node.waiting, 0)
  return `${running} run, ${waiting + held} wait`
}

/** A line a node of these. */
export function nodeLines({ nodes }: Done, names: readonly string[], words: (node: NodeLoad) => string): string {
  return nodes
    .filter(({ node }) => names.includes(node))
    .map((node) => `${node.node}: ${words(node)}`)
    .join('\n')
}
