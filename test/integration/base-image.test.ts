import { beforeAll, expect, test } from 'bun:test'
import { buildBaseImage } from '../../src/control/base-images/build-base-image.ts'
import { buildBaseImages } from '../../src/control/base-images/build-base-images.ts'
import { renderBaseImage } from '../../src/control/base-images/template.ts'
import { runContainer } from '../../src/docker/container.ts'
import { Engine } from '../../src/docker/engine.ts'
import { findImage } from '../../src/docker/images.ts'
import { ensureTestBaseImage } from '../support/base-image.ts'

const engine = Engine.connect()
const mebibyte = 1024 * 1024
let imageId: string

beforeAll(async () => {
  imageId = (await findImage(engine, await ensureTestBaseImage(engine)))?.imageId ?? ''
})

/** What a command prints in a fresh container of the base image, without network. */
async function printed(...argv: string[]): Promise<string> {
  const run = await runContainer(engine, {
    imageId,
    argv,
    workingDir: '/',
    labels: { 'openswe.kind': 'base' },
    limits: {
      cpus: 1,
      memoryBytes: 256 * mebibyte,
      pids: 50,
      fileSizeBytes: mebibyte,
      diskBytes: 64 * mebibyte,
      outputBytes: mebibyte,
      timeoutMs: 60_000,
    },
    collect: [],
    signal: AbortSignal.timeout(60_000),
  })
  return run.output
}

test('an image that is up to date is not built again', async () => {
  const signal = AbortSignal.timeout(60_000)
  const stages: string[] = []
  const outcomes = await buildBaseImages(engine, {
    pythons: ['3.11'],
    flavour: 'auto',
    signal,
    onProgress: ({ stage }) => stages.push(stage),
  })
  expect(outcomes.map(({ kind }) => kind)).toEqual(['up-to-date'])
  expect(stages).toEqual([])
})

test('options that no image should hold are refused before anything is built', async () => {
  const outcomes = await buildBaseImages(engine, {
    pythons: ['3.11'],
    flavour: 'debian',
    packageIndex: 'https://somebody:secret@index.example/simple',
    caBundle: '/nowhere.pem',
    signal: AbortSignal.timeout(60_000),
  })
  expect(outcomes).toEqual([
    {
      kind: 'unavailable',
      python: '3.11',
      obstacles: [
        '/nowhere.pem holds no certificate: the CA bundle must be a PEM file',
        'the package index must be an http(s) URL without a password, which every image would hold',
      ],
    },
  ])
})

test('an image whose container breaks a promise gets no name, and leaves none behind', async () => {
  const rendered = renderBaseImage({ python: '9.9', flavour: 'debian', debian: 'openswe-python-3.11' })
  const files = new Map([...rendered.files, ['Dockerfile', 'FROM openswe-python-3.11\nRUN rm /usr/local/bin/uv\n']])
  const failure = await buildBaseImage(engine, {
    python: '9.9',
    flavour: 'debian',
    rendered: { ...rendered, files },
    proxy: undefined,
    signal: AbortSignal.timeout(60_000),
    onStage: () => {},
  })
  expect(failure).toEqual({
    step: 'the check of what a base image promises',
    log: [
      "python on PATH: wanted '9.9', there is '3.11'",
      "uv: wanted 'ok', there is ''",
      "uv in testbed: wanted 'ok', there is ''",
      '',
    ].join('\n'),
  })
  expect(await findImage(engine, 'openswe-python-9.9')).toBeNull()
  expect(await findImage(engine, `openswe-building:python-9.9-${process.pid}`)).toBeNull()
})

test('activating twice leaves one entry on PATH, and deactivating leaves none', async () => {
  const script = `
    PATH=/usr/bin:/bin
    . /opt/conda/etc/profile.d/conda.sh
    conda activate testbed && conda activate testbed && echo "$PATH $CONDA_DEFAULT_ENV $CONDA_PREFIX"
    conda deactivate && echo "$PATH \${CONDA_PREFIX-none}"`
  const lines = ['/opt/conda/envs/testbed/bin:/usr/bin:/bin testbed /opt/conda/envs/testbed', '/usr/bin:/bin none', '']
  expect(await printed('sh', '-c', script)).toBe(lines.join('\n'))
  expect(await printed('bash', '-c', script)).toBe(lines.join('\n'))
})

test('the stand-in of conda runs commands in an environment, and refuses what it cannot do', async () => {
  const script = `exec 2>&1
    conda run -n testbed python -c 'import sys; print(sys.prefix)'
    conda install -y numpy || echo "exit code $?"
    conda create -y -n py27 python=2.7 || echo "exit code $?"
    conda activate nowhere || echo "exit code $?"`
  expect((await printed('bash', '-lc', script)).split('\n')).toEqual([
    '/opt/conda/envs/testbed',
    "conda: this image has virtual environments in place of conda: use pip or uv in place of 'conda install -y numpy', or a base image of the conda flavour",
    'exit code 1',
    'conda: this image has virtual environments in place of conda: its Python is 3.11, and it cannot create an environment with python=2.7',
    'exit code 1',
    'conda: no environment named nowhere; there is: testbed',
    'exit code 1',
    '',
  ])
})

test('of a CA bundle only what the distribution does not ship is added', async () => {
  const script = `
    { cat /etc/ssl/certs/ca-certificates.crt
      printf -- '-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----\\n'; } >/tmp/bundle.pem
    rm -f /usr/local/share/ca-certificates/*
    sh -c "$1" trust /tmp/bundle.pem >/dev/null 2>&1
    cat /usr/local/share/ca-certificates/*`
  const trust = await Bun.file('base-images/trust.sh').text()
  expect(await printed('sh', '-c', script, 'test', trust)).toBe(
    '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n',
  )
})
