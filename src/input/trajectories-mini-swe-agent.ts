import { noUsage } from '../domain/model-call.ts'
import type { RolloutEnding } from '../domain/rollout.ts'
import type { TrajectoryTool } from '../domain/trajectory.ts'
import { isRecord } from '../util/is-record.ts'
import { callsAt, contentAt, listAt, numberOr, recordAt, textOr, thinkingOf } from './trajectories-fields.ts'
import type { ForeignRollout } from './trajectories-foreign.ts'
import type { ForeignMessage } from './trajectories-messages.ts'
import { unknownRole } from './trajectories-swe-agent.ts'

/** The one tool that mini-swe-agent tells models of, where they call tools at all. */
const bash: TrajectoryTool = {
  name: 'bash',
  description: 'Execute a bash command',
  parameters: {
    type: 'object',
    properties: { command: { type: 'string', description: 'The bash command to execute' } },
    required: ['command'],
  },
}

/** mini-swe-agent's `.traj.json`. Its last message, of the role `exit`, was sent to no model and holds the submission. */
export function readMiniSweAgent(file: Readonly<Record<string, unknown>>): ForeignRollout {
  const info = isRecord(file.info) ? file.info : {}
  const stats = isRecord(info.model_stats) ? info.model_stats : {}
  const entries = listAt(file.messages, '"messages"')
  const end =
    isRecord(entries.at(-1)) && recordAt(entries.at(-1), 'the last message').role === 'exit' ? -1 : entries.length
  const messages = entries.slice(0, end).map((entry, index) => messageAt(entry, `messages[${index}]`))
  const hasCalls = messages.some((message) => message.role === 'assistant' && message.calls.length > 0)
  return {
    messages,
    place: (index) => `messages[${index}]`,
    tools: hasCalls ? [bash] : [],
    warnings: [],
    model: modelOf(info.config),
    model_patch: textOr(info.submission, ''),
    ending: endings[textOr(info.exit_status, '')] ?? 'imported',
    usage: noUsage,
    costUsd: numberOr(stats.instance_cost, 0),
    ...(typeof file.instance_id === 'string' ? { instance_id: file.instance_id } : {}),
  }
}

const endings: Readonly<Record<string, RolloutEnding>> = {
  Submitted: 'submitted',
  RepeatedFormatError: 'format-errors',
}

function messageAt(entry: unknown, place: string): ForeignMessage {
  const message = recordAt(entry, place)
  const content = contentAt(message.content, place)
  const extra = isRecord(message.extra) ? message.extra : {}
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content }
    case 'assistant':
      return { role: 'assistant', content, ...thinkingOf(message), calls: callsAt(message.tool_calls, place) }
    case 'tool':
      return { role: 'tool', callId: textOr(message.tool_call_id, ''), content, isError: Boolean(extra.exception_info) }
    default:
      return unknownRole(message.role, place)
  }
}

function modelOf(config: unknown): string {
  const model = isRecord(config) && isRecord(config.model) ? config.model : {}
  return textOr(model.model_name, 'unknown')
}
