import type { Ping } from '../docker/ping.ts'
import type { NodeFacts } from '../domain/node-facts.ts'

export interface EngineHealth {
  readonly state: NodeFacts['engine']
  /** Pings in a row that nobody answered in time. */
  readonly missed: number
}

export const healthyEngine: EngineHealth = { state: 'ok', missed: 0 }

/** Under load an engine may miss one ping, or two. */
const missedWhenHung = 3

/** What an engine is after one more ping. */
export function afterPing(health: EngineHealth, ping: Ping): EngineHealth {
  switch (ping) {
    case 'answered':
      return healthyEngine
    case 'gone':
      return { state: 'gone', missed: 0 }
    case 'silent': {
      const missed = health.missed + 1
      return { state: missed >= missedWhenHung ? 'hung' : health.state, missed }
    }
  }
}
