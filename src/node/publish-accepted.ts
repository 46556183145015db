import type { Engine } from '../docker/engine.ts'
import { type PublishRequest, publishImage } from '../docker/publish.ts'
import type { Workers } from './workers.ts'

/**
 * A worker whose accepted images are published before the slot is free again, on the machine that built them. What came
 * of that stands beside the verdict, which is the same either way.
 */
export function publishAccepted(
  synthesis: Workers['synthesis'],
  engine: Engine,
  where: Pick<PublishRequest, 'publication' | 'client'>,
): Workers['synthesis'] {
  return async (task, settings, channel, signal) => {
    const result = await synthesis(task, settings, channel, signal)
    if (result.verdict.kind !== 'accepted' || result.environment === undefined) return result
    const { instance_id: instanceId } = task.instance
    const image = await publishImage(engine, { ...where, instanceId, image: result.environment, signal })
    return { ...result, image }
  }
}
