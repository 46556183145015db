import { buildBaseImages } from '../../src/control/base-images/build-base-images.ts'
import type { Engine } from '../../src/docker/engine.ts'

/** The base image that tests stand on, built once on a machine and reused while it is up to date; returns its name. */
export async function ensureTestBaseImage(engine: Engine): Promise<string> {
  const python = '3.11'
  const signal = AbortSignal.timeout(20 * 60_000)
  const [outcome] = await buildBaseImages(engine, { pythons: [python], flavour: 'auto', signal })
  switch (outcome?.kind) {
    case 'built':
    case 'up-to-date':
      return `openswe-python-${python}`
    case 'failed':
    case 'unavailable':
    case undefined:
      throw new Error(`no base image for the tests: ${JSON.stringify(outcome, null, 2)}`)
  }
}
