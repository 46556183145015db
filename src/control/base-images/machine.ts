import type { Engine } from '../../docker/engine.ts'
import { findImage } from '../../docker/images.ts'
import { debianSuites, type Machine, registryOf } from './flavour.ts'

export interface MachineQuestions {
  readonly debianMirror: string
  readonly debianImage: string
  readonly proxy: string | undefined
  readonly signal: AbortSignal
}

const answerTimeoutMs = 5000

/** Looks at what this machine has, and asks each place that base images come from whether it answers. */
export async function examineMachine(engine: Engine, questions: MachineQuestions): Promise<Machine> {
  const asked = (url: string) => answers(url, questions)
  const [debianImage, debianMirror, registry, github, condaForge] = await Promise.all([
    findImage(engine, questions.debianImage),
    asked(`${questions.debianMirror}/dists/${Object.values(debianSuites)[0]}/Release`),
    asked(`https://${registryOf(questions.debianImage)}/v2/`),
    asked('https://github.com'),
    asked('https://conda.anaconda.org/conda-forge/noarch/repodata.json'),
  ])
  return {
    isRoot: process.getuid?.() === 0,
    hasDebootstrap: Bun.which('debootstrap', { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }) !== null,
    hasDebianImage: debianImage !== null,
    reaches: { debianMirror, registry, github, condaForge },
  }
}

/** Any answer will do, whoever signs it: nothing that comes back is used. */
async function answers(url: string, questions: MachineQuestions): Promise<boolean> {
  const signal = AbortSignal.any([questions.signal, AbortSignal.timeout(answerTimeoutMs)])
  try {
    const proxy = questions.proxy === undefined ? {} : { proxy: questions.proxy }
    const response = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal,
      tls: { rejectUnauthorized: false },
      ...proxy,
    })
    return response.status < 500
  } catch {
    questions.signal.throwIfAborted()
    return false
  }
}
