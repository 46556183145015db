import { dirname } from 'node:path'

/** Which node a process is to be, as programs say it on its command line. */
export interface NodeWords {
  readonly runId: string
  readonly name: string
  /** The one of several that the node may be on, where that is not known by its name. */
  readonly machine?: string
  /** Absolute; where it is absent, that of `path`. */
  readonly workFolder?: string
  readonly dockerSocket: string
  /** `WORK/bin/SHA256/openswe`, which names the program as well. */
  readonly path: string
}

/** What comes after `openswe node attach` and `openswe node serve`: the same for both, or they would not find each other. */
export function nodeWords({ runId, name, machine, workFolder, dockerSocket, path }: NodeWords): string[] {
  const build = dirname(path).replace(/^.*\//, '')
  const place = ['--run', runId, '--name', name, ...(machine === undefined ? [] : ['--machine', machine])]
  const work = workFolder ?? dirname(dirname(dirname(path)))
  return [...place, '--work-folder', work, '--docker-socket', dockerSocket, '--build', build]
}
