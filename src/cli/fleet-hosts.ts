import type { FleetHost } from './fleet-run.ts'

export type { FleetHost }
export async function fleetHosts(_file: string): Promise<readonly FleetHost[]> {
  return []
}
