import { buildRows, projectRows } from './build-rows.ts'
import { libraryRows } from './library-rows.ts'
import { machineRows } from './machine-rows.ts'
import { pytestRows, warningRows } from './pytest-rows.ts'
import type { RepairRow } from './repair-row.ts'
import { resolveRows } from './resolve-rows.ts'

/** Every repair, in the order in which they are tried: what names its cure exactly comes before what guesses. */
export const repairRows: readonly RepairRow[] = [
  ...machineRows,
  ...buildRows,
  ...resolveRows,
  ...projectRows,
  ...pytestRows,
  ...libraryRows,
  ...warningRows,
]
