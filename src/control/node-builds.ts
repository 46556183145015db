import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Choice, Machine } from '../ssh/push.ts'
import { type NodeBuild, readNodeBuild } from './node-build.ts'

/** Builds for hosts by their targets. */
export type NodeBuilds = ReadonlyMap<string, NodeBuild>

export type FoundBuilds =
  | { readonly kind: 'found'; readonly builds: NodeBuilds }
  | { readonly kind: 'none'; readonly problem: string; readonly fix: string }

/**
 * The builds that can be pushed: those in the files that are named, that of the program that runs, and those in
 * `openswe-*` beside it; the first of a target counts.
 */
export async function findNodeBuilds(named: readonly string[], runningPath: string): Promise<FoundBuilds> {
  const builds = new Map<string, NodeBuild>()
  for (const path of named) {
    const build = await readNodeBuild(path).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error) return null
      throw error
    })
    if (build === null)
      return { kind: 'none', problem: `${path} is no openswe binary`, fix: 'make one: bun tools/build.ts' }
    if (!builds.has(build.label.target)) builds.set(build.label.target, build)
  }
  const running = await readNodeBuild(runningPath)
  for (const build of running === null ? [] : [running, ...(await beside(runningPath))]) {
    if (!builds.has(build.label.target)) builds.set(build.label.target, build)
  }
  if (builds.size > 0) return { kind: 'found', builds }
  const fix = 'run dist/openswe, or name it by --binary, after bun tools/build.ts'
  return { kind: 'none', problem: 'openswe runs from its sources, and hosts are sent a binary', fix }
}

async function beside(runningPath: string): Promise<NodeBuild[]> {
  const folder = dirname(runningPath)
  const names = (await readdir(folder)).filter((name) => name.startsWith('openswe-')).toSorted()
  const builds = await Promise.all(names.map((name) => readNodeBuild(join(folder, name)).catch(() => null)))
  return builds.filter((build) => build !== null)
}

/** The targets whose build runs on a machine, the best one first. */
function targetsOf({ system, hasAvx2 }: Machine): string[] {
  if (/^Linux (?:aarch64|arm64)$/.test(system)) return ['linux-arm64']
  if (!/^Linux (?:x86_64|amd64)$/.test(system)) return []
  return hasAvx2 ? ['linux-x64', 'linux-x64-baseline'] : ['linux-x64-baseline']
}

export function chooseBuild(builds: NodeBuilds, machine: Machine): Choice {
  const targets = targetsOf(machine)
  const build = targets.map((target) => builds.get(target)).find((one) => one !== undefined)
  if (build !== undefined) return { kind: 'chosen', parcel: build.parcel }
  const has = machine.system === 'Linux x86_64' && !machine.hasAvx2 ? `${machine.system} without AVX2` : machine.system
  const [target] = targets
  if (target === undefined) {
    return { kind: 'none', found: `there is no binary for ${has}`, fix: 'take a Linux host on x86-64 or ARM64' }
  }
  const found = `no binary for ${has} is at hand: there is ${[...builds.keys()].join(', ')}`
  const fix = `bun tools/build.ts --target bun-${target}, and keep what it makes beside openswe or name it by --binary`
  return { kind: 'none', found, fix }
}
