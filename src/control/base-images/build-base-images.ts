import { environmentVariable } from '../../config/process-environment.ts'
import type { Engine } from '../../docker/engine.ts'
import { findImage } from '../../docker/images.ts'
import { bootstrapDebian, bootstrappedName } from './bootstrap.ts'
import { type BuildFailure, buildBaseImage } from './build-base-image.ts'
import { debianSuites, type Flavour, flavours, obstaclesOf } from './flavour.ts'
import { addedAuthorities, hostDebianMirror, pemOf } from './host.ts'
import { examineMachine } from './machine.ts'
import { baseImageName, type RenderedBaseImage, renderBaseImage } from './template.ts'

export interface BaseImageOptions {
  /** Versions as `3.11`. */
  readonly pythons: readonly string[]
  /** `auto` tries, in order, the flavours that this machine has everything for. */
  readonly flavour: Flavour | 'auto'
  /** Where pip and uv find packages, in the base images and in all that is built on them. */
  readonly packageIndex?: string
  /** The mirror of this machine's own apt sources by default. */
  readonly debianMirror?: string
  /** What the flavours `uv` and `conda` start from; `debian:bookworm-slim` by default. */
  readonly debianImage?: string
  /** A PEM file of authorities to trust; by default those that were added to this machine. */
  readonly caBundle?: string
  /** `https_proxy` of the environment by default. */
  readonly proxy?: string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: BaseImageProgress) => void
}

export interface BaseImageProgress {
  readonly python: string
  readonly flavour: Flavour
  readonly stage: 'bootstrapping' | 'building' | 'checking'
}

export type BaseImageOutcome =
  | { readonly kind: 'up-to-date'; readonly python: string; readonly flavour: Flavour }
  | { readonly kind: 'built'; readonly python: string; readonly flavour: Flavour; readonly durationMs: number }
  | { readonly kind: 'failed'; readonly python: string; readonly failures: readonly BaseImageFailure[] }
  /** No flavour can be built here; each line says what is in the way of one. */
  | { readonly kind: 'unavailable'; readonly python: string; readonly obstacles: readonly string[] }

export interface BaseImageFailure extends BuildFailure {
  readonly flavour: Flavour
}

/**
 * Builds the base images that are missing or were built from something else, one after the other, and gives an image
 * its name only once a container of it kept every promise. One that cannot be built does not stop the others.
 */
export async function buildBaseImages(engine: Engine, options: BaseImageOptions): Promise<readonly BaseImageOutcome[]> {
  const obstacles = await optionObstacles(options)
  if (obstacles.length > 0) return options.pythons.map((python) => ({ kind: 'unavailable', python, obstacles }))
  const plan = await planOf(options)
  const outcomes: BaseImageOutcome[] = []
  for (const python of options.pythons) {
    const flavour = await upToDateFlavour(engine, python, plan)
    outcomes.push(
      flavour === null ? await buildFirstPossible(engine, python, plan) : { kind: 'up-to-date', python, flavour },
    )
  }
  return outcomes
}

/** What is wrong with the options themselves. */
async function optionObstacles({ caBundle, packageIndex }: BaseImageOptions): Promise<readonly string[]> {
  const obstacles: string[] = []
  if (caBundle !== undefined && (await certificatesOf(caBundle)) === undefined) {
    obstacles.push(`${caBundle} holds no certificate: the CA bundle must be a PEM file`)
  }
  if (packageIndex !== undefined && !isPublicUrl(packageIndex)) {
    obstacles.push('the package index must be an http(s) URL without a password, which every image would hold')
  }
  return obstacles
}

async function certificatesOf(caBundle: string): Promise<string | undefined> {
  const file = Bun.file(caBundle)
  return (await file.exists()) ? pemOf(await file.text()) : undefined
}

function isPublicUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}

/** The options with every default filled in from this machine. */
interface Plan {
  readonly options: BaseImageOptions
  readonly flavours: readonly Flavour[]
  readonly debianMirror: string
  readonly debianImage: string
  readonly certificates: string | undefined
  readonly proxy: string | undefined
}

async function planOf(options: BaseImageOptions): Promise<Plan> {
  const { flavour, debianMirror, debianImage, caBundle, proxy } = options
  return {
    options,
    flavours: flavour === 'auto' ? flavours : [flavour],
    debianMirror: (debianMirror ?? (await hostDebianMirror())).replace(/\/+$/, ''),
    debianImage: debianImage ?? 'debian:bookworm-slim',
    certificates: caBundle === undefined ? await addedAuthorities() : await certificatesOf(caBundle),
    proxy: proxy ?? environmentVariable('https_proxy') ?? environmentVariable('HTTPS_PROXY'),
  }
}

/** The flavour of the image that has the name already, if it was built from just what we would build it from. */
async function upToDateFlavour(engine: Engine, python: string, plan: Plan): Promise<Flavour | null> {
  const present = await findImage(engine, baseImageName(python))
  const digest = present?.labels['openswe.template']
  return plan.flavours.find((flavour) => render(python, flavour, plan).digest === digest) ?? null
}

function render(python: string, flavour: Flavour, plan: Plan): RenderedBaseImage {
  const { options, certificates } = plan
  const suite = flavour === 'debian' ? debianSuites[python] : undefined
  const debianMirror = suite === undefined ? options.debianMirror : plan.debianMirror
  return renderBaseImage({
    python,
    flavour,
    debian: suite === undefined ? plan.debianImage : bootstrappedName(suite),
    ...(debianMirror === undefined ? {} : { debianMirror }),
    ...(options.packageIndex === undefined ? {} : { packageIndex: options.packageIndex }),
    ...(certificates === undefined ? {} : { certificates }),
  })
}

async function buildFirstPossible(engine: Engine, python: string, plan: Plan): Promise<BaseImageOutcome> {
  const machine = await examineMachine(engine, { ...plan, signal: plan.options.signal })
  const failures: BaseImageFailure[] = []
  const obstacles: string[] = []
  for (const flavour of plan.flavours) {
    const inTheWay = obstaclesOf(flavour, python, machine)
    if (inTheWay.length > 0) {
      obstacles.push(`${flavour}: ${inTheWay.join('; ')}`)
      continue
    }
    const startedMs = performance.now()
    const failure = await buildFlavour(engine, python, flavour, plan)
    if (failure === null) return { kind: 'built', python, flavour, durationMs: performance.now() - startedMs }
    failures.push({ flavour, ...failure })
  }
  return failures.length > 0 ? { kind: 'failed', python, failures } : { kind: 'unavailable', python, obstacles }
}

/** Null where the image has its name now. */
async function buildFlavour(
  engine: Engine,
  python: string,
  flavour: Flavour,
  plan: Plan,
): Promise<BuildFailure | null> {
  const { proxy, options } = plan
  const { signal, onProgress } = options
  const suite = flavour === 'debian' ? debianSuites[python] : undefined
  if (suite !== undefined) {
    onProgress?.({ python, flavour, stage: 'bootstrapping' })
    const debian = await bootstrapDebian(engine, { suite, mirror: plan.debianMirror, proxy, signal })
    if (debian.kind === 'failed') return { step: `debootstrap of ${suite}`, log: debian.log }
  }
  return await buildBaseImage(engine, {
    python,
    flavour,
    rendered: render(python, flavour, plan),
    proxy,
    signal,
    onStage: (stage) => onProgress?.({ python, flavour, stage }),
  })
}
