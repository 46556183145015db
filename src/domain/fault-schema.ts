import * as v from 'valibot'
import type { Fault, FaultKind } from './fault.ts'

/** Every kind; one left out does not compile. */
const kinds: Readonly<Record<FaultKind, true>> = {
  'engine-unreachable': true,
  'engine-failed': true,
  'disk-full': true,
  'base-image-missing': true,
  'repository-unreachable': true,
  'index-unreachable': true,
  'model-unreachable': true,
  'model-refused': true,
  'budget-spent': true,
  'instance-budget-spent': true,
  interrupted: true,
  'node-lost': true,
  internal: true,
}

export const faultSchema: v.GenericSchema<unknown, Fault> = v.object({
  kind: v.picklist(Object.keys(kinds) as FaultKind[]),
  message: v.string(),
})
