import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../docker/engine.ts'
import { findImage } from '../../docker/images.ts'
import { type SavedImage, saveImage } from '../../docker/save-image.ts'
import { supportedPythons } from './flavour.ts'
import { baseImageName } from './template.ts'

/** The base images of this machine as files to be sent: each is packed once, when it is first asked for. */
export class BaseImageArchives implements AsyncDisposable {
  /** As Docker names it: `amd64`. */
  readonly architecture: string
  /** What each image was built from, by its Python version, oldest first. */
  readonly templates: ReadonlyMap<string, string | null>
  readonly #engine: Engine
  readonly #folder: string
  readonly #packed = new Map<string, Promise<SavedImage>>()

  private constructor(engine: Engine, folder: string, found: Pick<BaseImageArchives, 'architecture' | 'templates'>) {
    this.#engine = engine
    this.#folder = folder
    this.architecture = found.architecture
    this.templates = found.templates
  }

  static async open(engine: Engine): Promise<BaseImageArchives> {
    const architecture = await architectureOf(engine)
    const templates = new Map<string, string | null>()
    for (const python of supportedPythons) {
      const image = await findImage(engine, baseImageName(python))
      if (image !== null) templates.set(python, image.labels['openswe.template'] ?? null)
    }
    const folder = await mkdtemp(join(tmpdir(), 'openswe-images-'))
    return new BaseImageArchives(engine, folder, { architecture, templates })
  }

  packed(python: string, signal: AbortSignal): Promise<SavedImage> {
    const name = baseImageName(python)
    const request = { reference: name, folder: this.#folder, name, signal }
    const packed = this.#packed.get(python) ?? saveImage(this.#engine, request)
    this.#packed.set(python, packed)
    return packed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#packed.values())
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** For what kind of machine an engine's images are. */
export async function architectureOf(engine: Engine): Promise<string> {
  const { Arch } = await engine.call<{ readonly Arch: string }>({
    method: 'GET',
    path: '/version',
    doing: 'tell its architecture',
  })
  return Arch
}
