import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { messageOf } from '../util/message-of.ts'

const login = v.looseObject({
  auth: v.optional(v.string()),
  username: v.optional(v.string()),
  password: v.optional(v.string()),
  identitytoken: v.optional(v.string()),
  registrytoken: v.optional(v.string()),
})

const dockerConfig = v.looseObject({
  auths: v.optional(v.record(v.string(), login), {}),
  credHelpers: v.optional(v.record(v.string(), v.string()), {}),
  credsStore: v.optional(v.string(), ''),
})

export type DockerConfig = v.InferOutput<typeof dockerConfig>

export type ReadConfig =
  | { readonly kind: 'read'; readonly config: DockerConfig; readonly path: string }
  | { readonly kind: 'unusable'; readonly explanation: string }

/** What Docker's own client keeps of registries in `folder`; nothing where there is no such file. */
export async function readDockerConfig(folder: string): Promise<ReadConfig> {
  const path = join(folder, 'config.json')
  const unusable = (why: string): ReadConfig => ({ kind: 'unusable', explanation: `${path} cannot be used: ${why}` })
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') text = '{}'
    else return unusable(messageOf(error))
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    // The parser's words may quote what stands there, which may be a password.
    return unusable('it is no JSON')
  }
  // To the parser of schemas a list is an object too.
  const parsed = v.safeParse(dockerConfig, Array.isArray(content) ? null : content)
  if (parsed.success) return { kind: 'read', config: parsed.output, path }
  const [issue] = parsed.issues
  return unusable(`${v.getDotPath(issue) ?? 'it'} is no ${issue.expected ?? 'value of its kind'}`)
}
