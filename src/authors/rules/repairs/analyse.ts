import type { Analysis, AuthorBrief, Iteration } from '../../author.ts'
import type { Plan } from '../plan.ts'

export function analyse(_brief: AuthorBrief, _plan: Plan, iterations: readonly Iteration[]): Analysis {
  return { kind: 'give-up', explanation: `no repair is known for ${iterations.at(-1)?.result.kind ?? 'nothing'}` }
}
