const taken = new Set<string>()
const letters = 'abcdefghijklmnopqrstuvwxyz'

/**
 * A name for all that a fleet leaves on a machine: interfaces, rules, control groups, a folder. It says whose it is, so
 * that a later process can remove what a killed one left. With a node's number it still fits an interface's 15 characters.
 */
export function takeFleetName(): string {
  for (const letter of letters) {
    const name = `osw${process.pid}${letter}`
    if (taken.has(name)) continue
    taken.add(name)
    return name
  }
  throw new Error(`more than ${letters.length} test fleets at a time in one process`)
}

export function giveFleetNameBack(name: string): void {
  taken.delete(name)
}

/** The fleet's name at the start of this one, where its process is gone. */
export function abandonedFleet(name: string): string | undefined {
  const [, fleet, pid] = /^(osw(\d+)[a-z])(?:-|$)/.exec(name) ?? []
  if (fleet === undefined) return undefined
  const isOurs = Number(pid) === process.pid
  return (isOurs ? taken.has(fleet) : isAlive(Number(pid))) ? undefined : fleet
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
