/** How a base image comes to be. All keep one contract, so that a Dockerfile cannot tell which it is built on. */
export type Flavour = 'debian' | 'uv' | 'conda'

/** In the order of trial: least needed from outside first. */
export const flavours: readonly Flavour[] = ['debian', 'uv', 'conda']

/** The Debian release that has a Python version as its own. */
export const debianSuites: Readonly<Record<string, string>> = {
  '3.9': 'bullseye',
  '3.11': 'bookworm',
  '3.13': 'trixie',
}

/** CPython versions that uv offers to install, and that conda-forge has. */
const uvPythons = ['3.8', '3.9', '3.10', '3.11', '3.12', '3.13', '3.14']
const condaPythons = ['2.7', '3.5', '3.6', '3.7', ...uvPythons]

export const supportedPythons: readonly string[] = condaPythons

/** What this machine has and reaches, as far as base images need it. */
export interface Machine {
  readonly isRoot: boolean
  readonly hasDebootstrap: boolean
  /** Whether the image that uv and conda start from is on the machine already. */
  readonly hasDebianImage: boolean
  readonly reaches: Readonly<Record<'debianMirror' | 'registry' | 'github' | 'condaForge', boolean>>
}

/** What keeps a flavour from being built here for a Python version; empty where nothing does. */
export function obstaclesOf(flavour: Flavour, python: string, machine: Machine): readonly string[] {
  switch (flavour) {
    case 'debian':
      return present([
        debianSuites[python] === undefined && `no Debian release has Python ${python}`,
        !machine.isRoot && 'debootstrap needs root',
        !machine.hasDebootstrap && 'debootstrap is not installed (apt-get install debootstrap)',
        !machine.reaches.debianMirror && 'the Debian mirror does not answer',
      ])
    case 'uv':
      return present([!uvPythons.includes(python) && `uv has no Python ${python}`, ...registryObstacles(machine)])
    case 'conda':
      return present([
        !condaPythons.includes(python) && `conda-forge has no Python ${python}`,
        ...registryObstacles(machine),
        !machine.reaches.condaForge && 'conda.anaconda.org does not answer',
      ])
  }
}

function registryObstacles(machine: Machine): (string | false)[] {
  return [
    !machine.hasDebianImage && !machine.reaches.registry && 'the image registry does not answer',
    !machine.reaches.github && 'github.com does not answer',
  ]
}

function present(obstacles: readonly (string | false)[]): readonly string[] {
  return obstacles.filter((obstacle) => obstacle !== false)
}

/** The host that an image name is pulled from, by Docker's rule: the first part, if it looks like a host. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'registry-1.docker.io'
}
