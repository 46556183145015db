import type { Engine } from '../docker/engine.ts'
import { defaultLimits } from '../domain/capacity.ts'
import type { NodeSetup } from '../domain/message.ts'
import type { BundleSource } from '../git/mirror.ts'
import { publishAccepted } from '../node/publish-accepted.ts'
import type { Workers } from '../node/workers.ts'
import { EnvironmentImages } from '../rollout/environment-images.ts'
import { rollOut } from '../rollout/roll-out.ts'
import { synthesize } from '../synthesis/synthesize.ts'
import { Semaphore } from '../util/semaphore.ts'
import { authorOf } from './authors.ts'
import type { Machine } from './machine.ts'
import { slotsOf } from './options/run.ts'
import { dockerClient } from './publication.ts'

export interface WorkOn {
  readonly runId: string
  readonly setup: NodeSetup
  /** Scratch space of the run. */
  readonly workDir: string
  /** Where a repository comes from that this machine does not reach. */
  readonly bundles?: BundleSource
}

/** What a slot of this machine can do. */
export function workersOn(engine: Engine, machine: Machine, { runId, setup, workDir, bundles }: WorkOn): Workers {
  const { facts, pythonVersions, cacheDir } = machine
  const { repos, buildTimeoutMs, checkoutDepth, publication } = setup
  const slots = slotsOf(setup, facts)
  const mirror = { cacheDir, template: repos, ...(bundles === undefined ? {} : { bundles }) }
  const images = new EnvironmentImages({ workDir, buildTimeoutMs, checkoutDepth })
  const grading = new Semaphore(slots)
  const synthesis: Workers['synthesis'] = (task, settings, channel, signal) => {
    const options = { ...settings, runId, workDir }
    return synthesize({ engine, mirror, pythonVersions, authors: authorOf }, task, options, channel, signal)
  }
  return {
    limits: { ...defaultLimits(facts, slots), ...setup.limits },
    synthesis:
      publication === null ? synthesis : publishAccepted(synthesis, engine, { publication, client: dockerClient() }),
    rollout: (task, channel, signal) =>
      rollOut({ engine, mirror, images, slots: grading }, task, { runId }, channel, signal),
  }
}
