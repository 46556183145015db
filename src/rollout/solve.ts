import type { ToolOutcome } from '../authors/model/agent.ts'
import { FaultError } from '../domain/fault.ts'
import {
  addUsage,
  type ModelAnswer,
  type ModelBlock,
  type ModelMessage,
  type ModelRequest,
  type ModelUsage,
  noUsage,
} from '../domain/model-call.ts'
import type { RolloutEnding, RolloutSettings } from '../domain/rollout.ts'
import type { Trajectory } from '../domain/trajectory.ts'
import { readReply, requestTokens, type SolverReply, trajectoryOf } from './conversation.ts'
import type { HandedIn, SolverScaffold } from './scaffold.ts'

export interface SolveTask {
  readonly session: string
  readonly scaffold: SolverScaffold
  readonly opening: string
  readonly settings: RolloutSettings
  readonly onStep: (step: number) => void
}

export interface Solved {
  readonly ending: RolloutEnding
  readonly trajectory: Trajectory
  readonly model: string
  readonly usage: ModelUsage
  readonly costUsd: number
}

type Answered = Extract<ModelAnswer, { kind: 'answered' }>

/** How many replies in a row may call nothing that can be executed. */
const maxFormatErrors = 3
/** How many replies are left when a solver is told so. */
const toldAt: ReadonlySet<number> = new Set([10, 3, 1])

/**
 * Lets a solver work until it hands in or a limit is met: one tool call a reply, and a history that only grows. What it
 * is told stands in the results of its calls, so that a user's message follows only where it called nothing. The last
 * reply is executed and not answered: trajectories end with what the solver said. A call that faulted throws FaultError.
 */
export async function solve(ask: (request: ModelRequest) => Promise<ModelAnswer>, task: SolveTask): Promise<Solved> {
  const solver = new Solver(ask, task)
  for (let step = 1; ; step += 1) {
    task.onStep(step)
    const ending = await solver.step(step)
    if (ending !== null) return { ending, ...solver.told() }
  }
}

class Solver {
  readonly #ask: (request: ModelRequest) => Promise<ModelAnswer>
  readonly #task: SolveTask
  readonly #messages: ModelMessage[]
  readonly #usedIds = new Set<string>()
  #spent = { model: '', usage: noUsage, costUsd: 0 }
  #formatErrors = 0
  /** The solver was told that its next reply is the last, since the conversation is too long. */
  #isLast = false

  constructor(ask: (request: ModelRequest) => Promise<ModelAnswer>, task: SolveTask) {
    this.#ask = ask
    this.#task = task
    this.#messages = [{ role: 'user', content: [{ type: 'text', text: task.opening }] }]
  }

  told(): Omit<Solved, 'ending'> {
    const { system, tools } = this.#task.scaffold
    const known = tools.map(({ tool }) => ({
      name: tool.name,
      description: tool.description,
      parameters: tool.inputSchema,
    }))
    return { trajectory: trajectoryOf(system, known, this.#messages), ...this.#spent }
  }

  /** One reply and what comes of it; null where the solver goes on. */
  async step(step: number): Promise<RolloutEnding | null> {
    const answer = await this.#answered()
    // Not of a model, but of an API that refused the request: as too long, or as it is.
    if (answer.note !== undefined) return answer.stop === 'max-tokens' ? 'context-limit' : 'refused'
    const reply = readReply(answer.content, this.#usedIds)
    if (answer.stop !== 'refusal' || !reply.isEmpty) this.#messages.push(reply.message)
    if (answer.stop === 'refusal') return 'refused'
    const turn = await act(this.#task.scaffold, reply, answer)
    return turn.kind === 'handed-in' ? 'submitted' : this.#tell(turn, answer, step)
  }

  /** What the solver is told, or why there is nothing more to tell. */
  #tell({ results, isExecuted }: Told, answer: Answered, step: number): RolloutEnding | null {
    const { maxSteps, maxContextTokens } = this.#task.settings
    this.#formatErrors = isExecuted ? 0 : this.#formatErrors + 1
    if (this.#formatErrors === maxFormatErrors) return 'format-errors'
    if (step >= maxSteps) return 'step-limit'
    if (this.#isLast) return 'context-limit'
    const plain: ModelMessage = { role: 'user', content: results }
    this.#isLast = requestTokens(answer, this.#messages, [plain]) > maxContextTokens
    this.#messages.push({ role: 'user', content: withNotes(results, notesOn(maxSteps - step, this.#isLast)) })
    return null
  }

  async #answered(): Promise<Answered> {
    const answer = await this.#ask(requestOf(this.#task, this.#messages))
    if (answer.kind === 'faulted') throw new FaultError(answer.fault.kind, answer.fault.message)
    const { usage, costUsd } = this.#spent
    this.#spent = { model: answer.model, usage: addUsage(usage, answer.usage), costUsd: costUsd + answer.costUsd }
    return answer
  }
}

function requestOf({ session, scaffold, settings }: SolveTask, messages: readonly ModelMessage[]): ModelRequest {
  return {
    session,
    role: 'solve',
    system: [scaffold.system],
    tools: scaffold.tools.map(({ tool }) => tool),
    toolChoice: 'auto',
    messages: [...messages],
    maxTokens: settings.maxTokens,
    ...(settings.temperature === null ? {} : { temperature: settings.temperature }),
  }
}

interface Told {
  readonly kind: 'told'
  readonly results: readonly ModelBlock[]
  readonly isExecuted: boolean
}

type Turn = Told | { readonly kind: 'handed-in' }

/** Executes the first call of a reply. */
async function act(scaffold: SolverScaffold, reply: SolverReply, answer: Answered): Promise<Turn> {
  const [first, ...others] = reply.calls
  if (first === undefined) {
    const text = `${problemOf(reply, answer)} Nothing was done. Please reply with a call of ${namesOf(scaffold)}.`
    return { kind: 'told', results: [{ type: 'text', text }], isExecuted: false }
  }
  const outcome = await callTool(scaffold, first)
  if (outcome.kind === 'answered') return { kind: 'handed-in' }
  const results = [resultOf(first.id, outcome), ...others.map(({ id }) => resultOf(id, notExecuted))]
  return { kind: 'told', results, isExecuted: outcome.kind === 'shown' }
}

const notExecuted = { kind: 'misused', text: 'Not executed: only the first call of a reply is.' } as const

async function callTool(
  { tools }: SolverScaffold,
  { name, input, problem }: SolverReply['calls'][number],
): Promise<ToolOutcome<HandedIn>> {
  if (problem !== null) return { kind: 'misused', text: `${problem} Nothing was done.` }
  const known = tools.find(({ tool }) => tool.name === name)
  if (known !== undefined) return await known.call(input)
  return {
    kind: 'misused',
    text: `There is no tool ${name}; there is ${tools.map(({ tool }) => tool.name).join(', ')}.`,
  }
}

function resultOf(id: string, outcome: Exclude<ToolOutcome<HandedIn>, { kind: 'answered' }>): ModelBlock {
  const isError = outcome.kind === 'misused' || outcome.isError === true
  const content = outcome.text.toWellFormed() || '(nothing)'
  return { type: 'tool_result', tool_use_id: id, content, ...(isError ? { is_error: true } : {}) }
}

function problemOf(reply: SolverReply, { stop }: Answered): string {
  if (stop === 'max-tokens') return 'Your reply was cut off, since it was too long.'
  return reply.isEmpty ? 'Your reply was empty.' : 'Your reply called no tool.'
}

function namesOf({ tools }: SolverScaffold): string {
  return tools.map(({ tool }) => `\`${tool.name}\``).join(' or ')
}

function notesOn(left: number, isLast: boolean): readonly string[] {
  if (isLast) return ['[the conversation is as long as it may be: hand in now, in your next reply, which is the last]']
  if (!toldAt.has(left)) return []
  return [left === 1 ? '[one reply is left: hand in now]' : `[${left} replies are left]`]
}

/** They stand at the end of the last result, or of the text where there is none. */
function withNotes(results: readonly ModelBlock[], notes: readonly string[]): readonly ModelBlock[] {
  const added = (text: string) => [text, ...notes].join('\n')
  return results.map((block, index): ModelBlock => {
    if (index < results.length - 1) return block
    if (block.type === 'text') return { ...block, text: added(block.text) }
    return block.type === 'tool_result' ? { ...block, content: added(block.content) } : block
  })
}
