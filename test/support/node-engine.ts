import { join } from 'node:path'
import { Engine } from '../../src/docker/engine.ts'
import type { Machine } from './machine.ts'

export interface NodeEngineOptions {
  /** Of the machine that it runs in. */
  readonly folder: string
  /** Its control groups are below one of this name, which whoever ends the machine removes. */
  readonly cgroup: string
  /** Lines of its daemon.json. */
  readonly settings?: Readonly<Record<string, unknown>>
}

export const dataRootOf = (folder: string) => join(folder, 'docker')

/** Where a machine's engine listens, as seen from here. */
export const socketOf = (folder: string) => join(folder, 'run/docker.sock')

/** Starts a Docker engine in a machine, at its usual place there, and waits until it answers. */
export async function startNodeEngine(
  machine: Machine,
  { folder, cgroup, settings }: NodeEngineOptions,
): Promise<void> {
  const config = {
    'data-root': dataRootOf(folder),
    'storage-driver': 'overlay2',
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'cgroup-parent': `/${cgroup}`,
    ...settings,
  }
  const file = join(folder, 'dockerd.json')
  const log = join(folder, 'dockerd.log')
  await Bun.write(file, JSON.stringify(config))
  await machine.order(`rm -f /run/docker.pid\ndockerd --config-file ${file} >>${log} 2>&1 &`)
  const engine = Engine.connect({ socketPath: socketOf(folder) })
  while (!(await answers(engine))) {
    // It is the shell still until it has become dockerd.
    const isThere = (await machine.processes()).some(({ name }) => name === 'dockerd' || name === 'bash')
    if (!isThere) throw new Error(`dockerd ended: ${await Bun.file(log).text()}`)
    await Bun.sleep(50)
  }
}

async function answers(engine: Engine): Promise<boolean> {
  return engine.facts().then(
    () => true,
    () => false,
  )
}
