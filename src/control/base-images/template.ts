import checkScript from '../../../base-images/check.sh' with { type: 'text' }
import condaDockerfile from '../../../base-images/conda.Dockerfile' with { type: 'text' }
import condaShell from '../../../base-images/conda.sh' with { type: 'text' }
import condaCommand from '../../../base-images/conda-command.sh' with { type: 'text' }
import debianDockerfile from '../../../base-images/debian.Dockerfile' with { type: 'text' }
import miniforgeScript from '../../../base-images/miniforge.sh' with { type: 'text' }
import profileScript from '../../../base-images/profile.sh' with { type: 'text' }
import systemScript from '../../../base-images/system.sh' with { type: 'text' }
import testbedScript from '../../../base-images/testbed.sh' with { type: 'text' }
import trustScript from '../../../base-images/trust.sh' with { type: 'text' }
import uvDockerfile from '../../../base-images/uv.Dockerfile' with { type: 'text' }
import uvScript from '../../../base-images/uv.sh' with { type: 'text' }
import { sha256 } from '../../util/sha256.ts'
import type { Flavour } from './flavour.ts'

/** Releases that the templates install: exact, so that the same template gives the same image next year. */
const uvRelease = '0.13.9'
const miniforgeRelease = '25.3.0-3'

const systemCertificates = '/etc/ssl/certs/ca-certificates.crt'

export interface BaseImageSpec {
  readonly python: string
  readonly flavour: Flavour
  /** What the Dockerfile is built from: the bootstrapped image of the flavour `debian`, or an image of a registry. */
  readonly debian: string
  readonly debianMirror?: string
  readonly packageIndex?: string
  /** Authorities to trust besides those of Debian, as PEM. */
  readonly certificates?: string
}

export interface RenderedBaseImage {
  /** The build context: the Dockerfile and what its steps read, by name. */
  readonly files: ReadonlyMap<string, string>
  /** Changes whenever anything that the image is built from does. */
  readonly digest: string
}

/** The name that Dockerfiles give a base image. */
export function baseImageName(python: string): string {
  return `openswe-python-${python}`
}

/** What is run in a container of a base image, with its Python version as argument, to see that it keeps its promises. */
export const contractCheck: string = checkScript

export function renderBaseImage(spec: BaseImageSpec): RenderedBaseImage {
  const files = new Map([...scripts, ...settings(spec), ['Dockerfile', dockerfileOf(spec)] as const])
  const parts = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).flat()
  return { files, digest: sha256(...parts) }
}

const scripts: readonly (readonly [string, string])[] = [
  ['conda.sh', condaShell],
  ['conda-command.sh', condaCommand],
  ['miniforge.sh', miniforgeScript],
  ['profile.sh', profileScript],
  ['system.sh', systemScript],
  ['testbed.sh', testbedScript],
  ['trust.sh', trustScript],
  ['uv.sh', uvScript],
]

function settings(spec: BaseImageSpec): [string, string][] {
  const index = spec.packageIndex
  const files: [string, string][] = [
    ['pip.conf', `[global]\n${index === undefined ? '' : `index-url = ${index}\n`}root-user-action = ignore\n`],
    ['uv.toml', index === undefined ? '' : `[[index]]\nurl = ${JSON.stringify(index)}\ndefault = true\n`],
  ]
  if (spec.debianMirror !== undefined) files.push(['debian-mirror', `${spec.debianMirror}\n`])
  if (spec.certificates !== undefined) files.push(['ca.pem', spec.certificates])
  return files
}

const dockerfiles: Readonly<Record<Flavour, string>> = {
  debian: debianDockerfile,
  uv: uvDockerfile,
  conda: condaDockerfile,
}

function dockerfileOf(spec: BaseImageSpec): string {
  const values: Readonly<Record<string, string>> = {
    python: spec.python,
    debian: spec.debian,
    env: environmentOf(spec),
    uv: uvRelease,
    miniforge: miniforgeRelease,
  }
  return dockerfiles[spec.flavour].replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined)
      throw new Error(`base-images/${spec.flavour}.Dockerfile names {{${name}}}, which has no value`)
    return value
  })
}

/** Whatever is here every test run sees, so it is only what cannot be a file: pip and uv keep no caches in images. */
function environmentOf(spec: BaseImageSpec): string {
  const environment = {
    LANG: 'C.UTF-8',
    PATH: '/opt/conda/envs/testbed/bin:/opt/conda/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_CACHE_DIR: '1',
    UV_NO_CACHE: '1',
    UV_NO_PROGRESS: '1',
    UV_PYTHON: '/opt/conda/envs/testbed/bin/python',
    ...(spec.certificates === undefined ? {} : trustEnvironment),
  }
  return `ENV ${Object.entries(environment)
    .map(([name, value]) => `${name}=${value}`)
    .join(' \\\n    ')}`
}

/** Tools that bring their own list of authorities, pointed to the system's, which the extra ones are added to. */
const trustEnvironment = {
  NODE_EXTRA_CA_CERTS: systemCertificates,
  PIP_CERT: systemCertificates,
  REQUESTS_CA_BUNDLE: systemCertificates,
  SSL_CERT_FILE: systemCertificates,
}
