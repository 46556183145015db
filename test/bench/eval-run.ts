import { runContainer } from '../../src/docker/container.ts'
import { Engine } from '../../src/docker/engine.ts'
import { labelsFor } from '../../src/docker/labels.ts'
import { defaultLimits, defaultSlots } from '../../src/domain/capacity.ts'
import { testbedPath } from '../../src/domain/environment.ts'
import { ensureTestBaseImage } from '../support/base-image.ts'
import { byTurns } from './by-turns.ts'
import { dockerRun, requireSameHostConfig } from './docker-run.ts'
import type { Result } from './figure.ts'

const rounds = 21

/** What openswe adds to a container around a test command that does nothing. */
export async function evalRun(signal: AbortSignal): Promise<readonly Result[]> {
  const of = 'an eval run of an empty test command, the look for its report included'
  if (Bun.which('docker') === null) return [{ kind: 'skipped', of, why: 'no docker CLI' }]
  const engine = Engine.connect()
  const facts = await engine.facts(signal)
  const run = {
    engine,
    imageId: await ensureTestBaseImage(engine),
    argv: ['/bin/true'],
    workingDir: testbedPath,
    labels: labelsFor(`bench-${process.pid}`, 'openswe__bench-1', 'eval'),
    limits: defaultLimits(facts, defaultSlots(facts)),
    signal,
  }
  await requireSameHostConfig(run)
  const ours = async () => {
    const { end } = await runContainer(engine, { ...run, collect: ['/var/tmp/openswe-bench/report.xml'] })
    if (end.kind !== 'exited' || end.exitCode !== 0) throw new Error(`/bin/true ended as ${JSON.stringify(end)}`)
  }
  const times = await byTurns(rounds, ours, () => dockerRun(run))
  return [
    {
      kind: 'figure',
      unit: 'ms',
      measured: { of, values: times.measured },
      floor: { of: '`docker run --rm` of the same command, typed with the same flags', values: times.floor },
      goal: { of: 'ratio', atMost: 1.05 },
    },
  ]
}
