import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { environmentVariable, environmentVariables } from '../config/process-environment.ts'
import { type DockerClient, loginTo } from '../docker/registry-login.ts'
import { readRepository } from '../docker/registry-repository.ts'
import type { Publication } from '../domain/published-image.ts'
import type { OptionRow } from './command.ts'
import { PreflightError, UsageError } from './errors.ts'
import { text } from './options/values.ts'

export const publicationOptionRows: readonly OptionRow[] = [
  {
    name: 'push',
    value: 'REPOSITORY',
    description: 'Push accepted images, each as a tag, such as ghcr.io/acme/envs; the login is that of `docker login`',
  },
  {
    name: 'save',
    value: 'FOLDER',
    description: 'Save accepted images, each as INSTANCE.tar.zst (`zstd -dc FILE | docker load`)',
  },
]

const repository = v.pipe(
  text,
  v.rawCheck(({ dataset, addIssue }) => {
    const read = dataset.typed ? readRepository(dataset.value) : null
    if (read?.kind === 'unusable') addIssue({ message: read.explanation })
  }),
)

export const publicationOptions = { push: v.optional(repository), save: v.optional(text) } as const

export interface PublicationOptions {
  readonly push?: string | undefined
  readonly save?: string | undefined
}

/** Null where accepted images stay on this machine alone. */
export function publicationOf({ push, save }: PublicationOptions): Publication | null {
  if (push !== undefined && save !== undefined) throw new UsageError('--push and --save: give one of them')
  if (push !== undefined) return { kind: 'push', repository: push }
  return save === undefined ? null : { kind: 'save', folder: resolve(save) }
}

/** What Docker's own client would use here. */
export function dockerClient(): DockerClient {
  const configDir = environmentVariable('DOCKER_CONFIG') ?? join(homedir(), '.docker')
  return { configDir, environment: environmentVariables() }
}

/** Throws PreflightError where nothing could be published: it is said before anything is built. */
export async function checkPublication(publication: Publication, client: DockerClient): Promise<void> {
  if (publication.kind === 'save') {
    await mkdir(publication.folder, { recursive: true }).catch((error: Error) => {
      throw new PreflightError(`--save ${publication.folder}: ${error.message}`)
    })
    return
  }
  const target = readRepository(publication.repository)
  if (target.kind === 'unusable') throw new UsageError(`--push: ${target.explanation}`)
  const answer = await loginTo(target.registry, client, new AbortController().signal)
  if (answer.kind === 'unusable') throw new PreflightError(`--push ${target.name}: ${answer.explanation}`)
}
