import { Control, type ControlOptions } from '../../src/control/control.ts'
import { protocolTimes } from '../../src/domain/protocol-times.ts'
import { bareLedger } from './bare-ledger.ts'
import { someSetup } from './run-values.ts'

/** Control of one node, n1, at time 0; without a ledger, one in which nothing is written. */
export function bareControl(options: Partial<ControlOptions> = {}): Control {
  return new Control({
    ledger: bareLedger(),
    runId: 'r1',
    epoch: 1,
    policy: { maxFaults: 3, waitsMs: [0] },
    times: protocolTimes,
    nodes: ['n1'],
    setupOf: () => someSetup,
    nowMs: 0,
    ...options,
  })
}
