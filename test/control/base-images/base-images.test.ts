import { expect, test } from 'bun:test'
import {
  type Flavour,
  flavours,
  type Machine,
  obstaclesOf,
  registryOf,
  supportedPythons,
} from '../../../src/control/base-images/flavour.ts'
import { debianMirrorOf, pemOf } from '../../../src/control/base-images/host.ts'
import { type BaseImageSpec, renderBaseImage } from '../../../src/control/base-images/template.ts'

const spec: BaseImageSpec = { python: '3.11', flavour: 'debian', debian: 'openswe-debian-bookworm' }
const fileOf = (name: string, changes: Partial<BaseImageSpec> = {}) =>
  renderBaseImage({ ...spec, ...changes }).files.get(name)

test('the debian flavour takes its Python from the Debian it is bootstrapped from', () => {
  expect(fileOf('Dockerfile')).toBe(`\
# openswe-python-3.11, flavour debian: bootstrapped from a Debian mirror, with the Python that this Debian ships.
FROM openswe-debian-bookworm
ENV LANG=C.UTF-8 \\
    PATH=/opt/conda/envs/testbed/bin:/opt/conda/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
    PIP_DISABLE_PIP_VERSION_CHECK=1 \\
    PIP_NO_CACHE_DIR=1 \\
    UV_NO_CACHE=1 \\
    UV_NO_PROGRESS=1 \\
    UV_PYTHON=/opt/conda/envs/testbed/bin/python
RUN --mount=type=bind,target=/mnt sh /mnt/system.sh
RUN --mount=type=bind,target=/mnt sh /mnt/uv.sh /usr/bin/python3 0.13.9
RUN --mount=type=bind,target=/mnt sh /mnt/testbed.sh /usr/bin/python3
CMD ["bash"]
`)
})

/** A Dockerfile without its comments and its ENV. */
const stepsOf = (changes: Partial<BaseImageSpec>) =>
  fileOf('Dockerfile', changes)
    ?.split('\n')
    .filter((line) => /^(FROM|RUN|CMD)/.test(line))

test('the uv flavour installs its CPython with uv, into a folder of the image', () => {
  expect(stepsOf({ flavour: 'uv', python: '3.10', debian: 'debian:bookworm-slim' })).toEqual([
    'FROM debian:bookworm-slim',
    'RUN --mount=type=bind,target=/mnt sh /mnt/system.sh',
    'RUN --mount=type=bind,target=/mnt sh /mnt/uv.sh /usr/bin/python3 0.13.9',
    'RUN UV_PYTHON_INSTALL_DIR=/opt/python uv python install --no-bin 3.10',
    'RUN --mount=type=bind,target=/mnt UV_PYTHON_INSTALL_DIR=/opt/python sh /mnt/testbed.sh 3.10',
    'CMD ["bash"]',
  ])
})

test('the conda flavour has Miniforge in /opt/conda before uv is installed with its Python', () => {
  expect(stepsOf({ flavour: 'conda', python: '2.7', debian: 'mirror.example/debian:bookworm-slim' })).toEqual([
    'FROM mirror.example/debian:bookworm-slim',
    'RUN --mount=type=bind,target=/mnt sh /mnt/system.sh',
    'RUN --mount=type=bind,target=/mnt sh /mnt/miniforge.sh 25.3.0-3 2.7',
    'RUN --mount=type=bind,target=/mnt sh /mnt/uv.sh /opt/conda/bin/python 0.13.9',
    'CMD ["bash"]',
  ])
})

test('a package index is written into the settings of pip and of uv', () => {
  const packageIndex = 'https://index.example/simple'
  expect(fileOf('pip.conf')).toBe('[global]\nroot-user-action = ignore\n')
  expect(fileOf('uv.toml')).toBe('')
  expect(fileOf('pip.conf', { packageIndex })).toBe(
    '[global]\nindex-url = https://index.example/simple\nroot-user-action = ignore\n',
  )
  expect(fileOf('uv.toml', { packageIndex })).toBe('[[index]]\nurl = "https://index.example/simple"\ndefault = true\n')
})

test('added authorities are copied in, and every tool with a list of its own is pointed to the system list', () => {
  const certificates = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'
  expect(fileOf('ca.pem')).toBeUndefined()
  expect(fileOf('ca.pem', { certificates })).toBe(certificates)
  const names = fileOf('Dockerfile', { certificates })?.match(/\w+(?==\/etc\/ssl\/certs\/ca-certificates\.crt)/g)
  expect(names).toEqual(['NODE_EXTRA_CA_CERTS', 'PIP_CERT', 'REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE'])
})

test('the digest changes with anything an image is built from, and with nothing else', () => {
  const changes: Partial<BaseImageSpec>[] = [
    {},
    { python: '3.9' },
    { flavour: 'uv' },
    { flavour: 'conda' },
    { debian: 'debian:trixie-slim' },
    { debianMirror: 'http://mirror.example/debian' },
    { packageIndex: 'https://index.example/simple' },
    { certificates: '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n' },
  ]
  const digests = changes.map((change) => renderBaseImage({ ...spec, ...change }).digest)
  expect(new Set(digests).size).toBe(changes.length)
  expect(renderBaseImage({ ...spec }).digest).toBe(digests[0] ?? '')
})

const machine: Machine = {
  isRoot: true,
  hasDebootstrap: true,
  hasDebianImage: false,
  reaches: { debianMirror: true, registry: true, github: true, condaForge: true },
}
const possible = (python: string, changes: Partial<Machine> = {}): Flavour[] =>
  flavours.filter((flavour) => obstaclesOf(flavour, python, { ...machine, ...changes }).length === 0)

test('a machine that reaches everything can build every version in at least one flavour', () => {
  expect(Object.fromEntries(supportedPythons.map((python) => [python, possible(python)]))).toEqual({
    '2.7': ['conda'],
    '3.5': ['conda'],
    '3.6': ['conda'],
    '3.7': ['conda'],
    '3.8': ['uv', 'conda'],
    '3.9': ['debian', 'uv', 'conda'],
    '3.10': ['uv', 'conda'],
    '3.11': ['debian', 'uv', 'conda'],
    '3.12': ['uv', 'conda'],
    '3.13': ['debian', 'uv', 'conda'],
    '3.14': ['uv', 'conda'],
  })
})

test('a machine with nothing but a Debian mirror builds the three Pythons of Debian', () => {
  const reaches = { debianMirror: true, registry: false, github: false, condaForge: false }
  expect(possible('3.11', { reaches })).toEqual(['debian'])
  expect(obstaclesOf('uv', '3.12', { ...machine, reaches })).toEqual([
    'the image registry does not answer',
    'github.com does not answer',
  ])
})

test('an image that is on the machine already needs no registry', () => {
  const reaches = { ...machine.reaches, registry: false }
  expect(possible('3.12', { reaches, hasDebianImage: true })).toEqual(['uv', 'conda'])
})

test('bootstrapping needs root and debootstrap, and says how to get it', () => {
  expect(obstaclesOf('debian', '3.12', { ...machine, isRoot: false, hasDebootstrap: false })).toEqual([
    'no Debian release has Python 3.12',
    'debootstrap needs root',
    'debootstrap is not installed (apt-get install debootstrap)',
  ])
})

test('the Debian mirror is the first of apt sources, in either format', () => {
  expect(
    debianMirrorOf([
      '# deb http://old.example/debian x main\ndeb [signed-by=/k] http://a.example/debian/ bookworm main',
    ]),
  ).toBe('http://a.example/debian')
  expect(debianMirrorOf(['Types: deb\nURIs: https://b.example/mirror/debian\nSuites: trixie\n'])).toBe(
    'https://b.example/mirror/debian',
  )
})

test('sources of other distributions, of security updates and of single packages are no Debian mirror', () => {
  const texts = [
    'deb http://archive.example/ubuntu noble main\ndeb http://security.example/debian-security bookworm-security main\n',
    'deb cdrom:[Debian 12]/ bookworm main\nURIs: mirror+file:///etc/apt/mirrors/debian\n',
  ]
  expect(debianMirrorOf(texts)).toBeUndefined()
})

test('of a bundle only the certificates are kept', () => {
  const certificate = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----'
  expect(pemOf(`# a name\n${certificate}\nanything\n${certificate}`)).toBe(`${certificate}\n${certificate}\n`)
  expect(pemOf('-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----')).toBeUndefined()
})

test('an image without a host is pulled from Docker Hub, as docker pull does', () => {
  const images = [
    'debian:bookworm-slim',
    'library/debian',
    'mirror.example/debian',
    'localhost:5000/debian',
    'localhost/debian',
  ]
  expect(images.map(registryOf)).toEqual([
    'registry-1.docker.io',
    'registry-1.docker.io',
    'mirror.example',
    'localhost:5000',
    'localhost',
  ])
})
