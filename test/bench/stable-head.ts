import { buildImage } from '../../src/docker/build.ts'
import { buildContext } from '../../src/docker/build-context.ts'
import { labelsFor } from '../../src/docker/labels.ts'
import { byTurns } from './by-turns.ts'
import { type BuiltEnvironment, buildSmallEnvironment } from './environment.ts'
import type { Figure, Result } from './figure.ts'

const rounds = 11

/** What later Dockerfiles of an instance cost once its base image and checkout are an image. */
export async function stableHead(signal: AbortSignal): Promise<readonly Result[]> {
  const built = await buildSmallEnvironment(signal)
  if (typeof built === 'string') return [{ kind: 'skipped', of: 'builds on the stable head', why: built }]
  await using environment = built
  return [await lastLine(environment), await unchanged(environment)]
}

async function lastLine({ context, build, base, rebuild }: BuiltEnvironment): Promise<Figure> {
  const { engine, runId, instanceId, signal } = context
  const line = (round: number) => `RUN : ${runId}-${round}\n`
  const lineAlone = (round: number) =>
    buildImage(engine, {
      context: buildContext({ dockerfile: `FROM ${base}\n${line(round)}` }),
      tag: `openswe/bench:${runId}-${round}`,
      labels: labelsFor(runId, instanceId, 'environment'),
      timeoutMs: build.timeoutMs,
      signal,
    })
  const times = await byTurns(rounds, (round) => rebuild(build.dockerfile + line(round)), lineAlone)
  return {
    kind: 'figure',
    unit: 'ms',
    measured: { of: 'a Dockerfile with a new last line, which does nothing', values: times.measured },
    floor: { of: 'a build of that line alone on the base image', values: times.floor },
    goal: { of: 'measured', atMost: 500 },
  }
}

async function unchanged({ context, build, base, rebuild }: BuiltEnvironment): Promise<Figure> {
  const again = async () => {
    if (!(await rebuild(build.dockerfile)).isReused) throw new Error('the unchanged Dockerfile was built again')
  }
  const lookUp = async () => {
    const url = `http://docker/images/${base}/json`
    await (await fetch(url, { unix: context.engine.socketPath, signal: context.signal })).json()
  }
  const times = await byTurns(rounds, again, lookUp)
  return {
    kind: 'figure',
    unit: 'ms',
    measured: { of: 'an unchanged Dockerfile', values: times.measured },
    floor: { of: 'one look-up of an image', values: times.floor },
    goal: { of: 'measured', atMost: 100 },
  }
}
