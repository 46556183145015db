import * as v from 'valibot'
import type { NodeFacts } from './node-facts.ts'
import { count } from './schema-parts.ts'

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const amount = v.pipe(v.number(), v.minValue(0))

export const nodeFactsSchema: v.GenericSchema<unknown, NodeFacts> = v.object({
  cpus: amount,
  load: amount,
  memoryBytes: count,
  freeMemoryBytes: count,
  diskBytes: count,
  freeDiskBytes: count,
  freeInodeShare: share,
  engine: v.picklist(['ok', 'hung', 'gone']),
  waitingFor: v.nullable(v.string()),
})
