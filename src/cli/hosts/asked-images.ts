import { readFile } from 'node:fs/promises'
import { BaseImageArchives } from '../../control/base-images/archives.ts'
import type { AllImagesOptions } from '../../control/base-images/fleet-images.ts'
import { messageOf } from '../../util/message-of.ts'
import { optionName } from '../command.ts'
import { UsageError } from '../errors.ts'
import { connectEngine } from '../machine.ts'
import { imageBuildEntries } from '../options/images.ts'

/** What was typed after `hosts images`. */
export type ImagesValues = {
  readonly python?: readonly string[] | undefined
  readonly fromHere?: true | undefined
  readonly update?: true | undefined
} & { readonly [Option in keyof typeof imageBuildEntries]?: string | undefined }

interface AskedImages extends AsyncDisposable {
  readonly request: Pick<AllImagesOptions, 'way' | 'pythons' | 'update'>
}

/** What hosts are to have and how they come to it. Throws UsageError where that cannot be. */
export async function askedImages(values: ImagesValues): Promise<AskedImages> {
  const { python, update = false } = values
  if (values.fromHere) return await fromHere(values)
  const { caBundle, ...passed } = typedOf(values)
  const words = Object.entries(passed).flatMap(([name, value]) => [`--${optionName(name)}`, value])
  const way = { kind: 'build', words, caBundle: caBundle === undefined ? null : await readBundle(caBundle) } as const
  return { request: { way, pythons: python ?? ['3.9', '3.11'], update }, [Symbol.asyncDispose]: async () => {} }
}

async function fromHere(values: ImagesValues): Promise<AskedImages> {
  const [option] = Object.keys(typedOf(values))
  if (option !== undefined) {
    throw new UsageError(`--${optionName(option)} is for building, and --from-here builds nothing — leave one out`)
  }
  await using undo = new AsyncDisposableStack()
  const archives = undo.use(await BaseImageArchives.open(connectEngine()))
  const { python: pythons = [...archives.templates.keys()], update = false } = values
  const absent = pythons.filter((one) => !archives.templates.has(one))
  if (absent.length > 0 || pythons.length === 0) {
    const which = absent.length > 0 ? `no base image for Python ${absent.join(', ')}` : 'no base image'
    throw new UsageError(`${which} is here — openswe images build`)
  }
  const kept = undo.move()
  const way = { kind: 'send', archives } as const
  return { request: { way, pythons, update }, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** The options of `images build` that were given. */
function typedOf(values: ImagesValues): { readonly caBundle?: string; readonly [option: string]: string } {
  const given = Object.entries(values).flatMap(([name, value]) => {
    return name in imageBuildEntries && typeof value === 'string' ? [[name, value] as const] : []
  })
  return Object.fromEntries(given)
}

async function readBundle(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new UsageError(`--ca-bundle: ${messageOf(error)}`, { cause: error })
  }
}
