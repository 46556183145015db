import { buildRows } from './build-rows.ts'
import { lastRows } from './last-rows.ts'
import { libraryRows } from './library-rows.ts'
import { machineRows } from './machine-rows.ts'
import { pytestRows } from './pytest-rows.ts'
import type { RepairRow } from './repair-row.ts'
import { resolveRows } from './resolve-rows.ts'

/** Every repair, in the order in which they are tried: what names its cure exactly comes before what guesses. */
export const repairRows: readonly RepairRow[] = [
  ...machineRows,
  ...buildRows.slice(0, -2),
  ...resolveRows,
  ...buildRows.slice(-2),
  ...pytestRows.slice(0, -1),
  ...libraryRows,
  ...pytestRows.slice(-1),
  ...lastRows,
]
