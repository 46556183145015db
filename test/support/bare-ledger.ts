import type { Ledger } from '../../src/control/ledger.ts'

/** Books in which nothing is written: for what control says without looking anything up. */
export function bareLedger(fields: Partial<Ledger> = {}): Ledger {
  return {
    transaction: (work) => work(),
    open: () => [],
    times: () => [],
    get: () => undefined,
    save: () => undefined,
    markApplied: () => true,
    keep: () => undefined,
    isRolloutOf: () => false,
    lease: () => {
      throw new Error('nothing is to be leased')
    },
    spare: () => [],
    savedNode: () => null,
    saveNode: () => undefined,
    isPaused: () => false,
    savePaused: () => undefined,
    ...fields,
  }
}

/** The one attempt of a run, which this node works on. */
export function workedOnBy(node: string): ReturnType<Ledger['open']> {
  const lease = { node, generation: 1, grantedAtMs: 0 }
  const where = { iteration: 1, stage: 'build', stageSinceMs: 0, faults: [] } as const
  const attempt = { state: 'running', generation: 1, lease, twin: null, ...where } as const
  return [{ attempt_id: 1, repo: 'o/r', kind: 'synthesis', author: 'rules', attempt }]
}
