import type { RolloutEnding } from '../domain/rollout.ts'
import { isRecord } from '../util/is-record.ts'
import { callsAt, contentAt, fail, listAt, numberOr, recordAt, textOr, thinkingOf } from './trajectories-fields.ts'
import type { ForeignRollout } from './trajectories-foreign.ts'
import type { ForeignMessage } from './trajectories-messages.ts'

/** SWE-agent's `.traj`: what the model was told and said is in `history`. */
export function readSweAgent(file: Readonly<Record<string, unknown>>): ForeignRollout {
  const info = isRecord(file.info) ? file.info : {}
  const stats = isRecord(info.model_stats) ? info.model_stats : {}
  const messages = listAt(file.history, '"history"').map((entry, index) => historyItem(entry, `history[${index}]`))
  return {
    messages,
    place: (index) => `history[${index}]`,
    tools: [],
    warnings: messages.some((message) => message.role === 'assistant' && message.calls.length > 0) ? [noTools] : [],
    model: modelOf(file.replay_config),
    model_patch: textOr(info.submission, ''),
    ending: endingOf(info.exit_status),
    usage: {
      input: numberOr(stats.tokens_sent, 0),
      output: numberOr(stats.tokens_received, 0),
      cacheWrite: 0,
      cacheRead: 0,
    },
    costUsd: numberOr(stats.instance_cost, 0),
  }
}

/** Said of files that hold calls without the tools that are called. */
export const noTools = {
  severity: 'warning',
  code: 'E_TRAJ_TOOLS',
  message: 'does not say which tools the model was told of — the trajectory has none, while calls are kept',
} as const

function historyItem(entry: unknown, place: string): ForeignMessage {
  const item = recordAt(entry, place)
  const content = contentAt(item.content, place)
  if (item.is_demo === true && (item.role === 'assistant' || item.role === 'tool')) {
    return fail('E_TRAJ_DEMO', `${place} is of a demonstration, told as if the model had said it — leave it out`)
  }
  switch (item.role) {
    case 'system':
    case 'user':
      return { role: item.role, content }
    case 'assistant':
      return { role: 'assistant', content, ...thinkingOf(item), calls: callsAt(item.tool_calls, place) }
    case 'tool': {
      const [callId] = Array.isArray(item.tool_call_ids) ? item.tool_call_ids : [item.tool_call_id]
      return { role: 'tool', callId: textOr(callId, ''), content, isError: false }
    }
    default:
      return unknownRole(item.role, place)
  }
}

export function unknownRole(role: unknown, place: string): never {
  const name = typeof role === 'string' ? JSON.stringify(role).slice(0, 40) : 'none'
  return fail('E_TRAJ_ROLE', `the role of ${place} is ${name} — system, user, assistant or tool is wanted`)
}

function endingOf(status: unknown): RolloutEnding {
  return status === 'submitted' ? 'submitted' : 'imported'
}

function modelOf(replayConfig: unknown): string {
  try {
    const config: unknown = typeof replayConfig === 'string' ? JSON.parse(replayConfig) : replayConfig
    const agent = isRecord(config) && isRecord(config.agent) ? config.agent : {}
    return isRecord(agent.model) ? textOr(agent.model.name, 'unknown') : 'unknown'
  } catch {
    return 'unknown'
  }
}
