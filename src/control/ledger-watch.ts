import type { NodeEvent } from '../domain/message.ts'
import type { StoredAttempt } from '../store/attempts.ts'
import type { Ledger } from './ledger.ts'

/** Told of what is written into a ledger, each once, however often a node tells it. */
export interface LedgerWatch {
  kept(event: NodeEvent): void
  moved(before: StoredAttempt['attempt'], after: Parameters<Ledger['save']>[1]): void
}

/** The same ledger, with somebody looking on. A transaction that fails ends the run, so that what was seen of it does not matter. */
export function watchedLedger(ledger: Ledger, watch: LedgerWatch): Ledger {
  return {
    ...ledger,
    keep(event, isHeld) {
      ledger.keep(event, isHeld)
      watch.kept(event)
    },
    save(attempt, after) {
      const before = ledger.get(attempt)?.attempt
      ledger.save(attempt, after)
      if (before !== undefined) watch.moved(before, after)
    },
  }
}
