import type { Store } from './store.ts'

/** Marks an event as applied; false where it, or a later one of the same life of the node, was applied before. */
export function markApplied(store: Store, node: string, boot: string, sequence: number): boolean {
  const { changes } = store.run(
    `insert into streams values (?, ?, ?)
     on conflict (node, boot) do update set sequence = excluded.sequence where excluded.sequence > streams.sequence`,
    node,
    boot,
    sequence,
  )
  return changes > 0
}
