import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { isInstanceId } from '../domain/instance-id.ts'
import { type ModelRequest, type ModelRole, modelRoles } from '../domain/model-call.ts'
import { modelAnswerSchema, modelRequestSchema } from '../domain/model-call-schema.ts'
import { messageOf } from '../util/message-of.ts'
import { redact } from '../util/redact.ts'

/** Raised with every change of what a file holds. */
const recordingVersion = 1

const callSchema = v.object({
  version: v.literal(recordingVersion),
  instance_id: v.string(),
  request: modelRequestSchema,
  answer: modelAnswerSchema,
})

/** One call as it is kept. */
export type RecordedCall = Omit<v.InferOutput<typeof callSchema>, 'version'>

const modelsSchema = v.object({
  version: v.literal(recordingVersion),
  models: v.object({
    explore: v.string(),
    dockerfile: v.string(),
    evalScript: v.string(),
    analyse: v.string(),
    solve: v.string(),
  }),
})

const modelsFile = 'models.json'

/**
 * Where a call is kept: by instance, conversation, and how many messages it has so far, which no other call of the same
 * conversation has. So a run that was killed, or an attempt that is made again, writes over what it repeats.
 */
export function callFile(dir: string, instance_id: string, request: ModelRequest): string {
  if (!isInstanceId(instance_id)) throw new Error(`not the name of an instance: ${JSON.stringify(instance_id)}`)
  const session = request.session.replace(/[^A-Za-z0-9._]/g, '-').replace(/^\.+/, '')
  return join(dir, instance_id, `${session}-${String(request.messages.length).padStart(3, '0')}.json`)
}

/** The file appears whole or not at all, with its keys in one order. */
export async function writeCall(file: string, call: RecordedCall, secrets: readonly string[]): Promise<void> {
  const { instance_id, request, answer } = call
  await writeWhole(file, prettyJson({ version: recordingVersion, instance_id, request, answer }, secrets))
}

export async function readCall(file: string): Promise<RecordedCall | null> {
  const text = await readOrNull(file)
  return text === null ? null : parseFile(file, callSchema, text)
}

export async function writeModels(dir: string, modelOf: (role: ModelRole) => string): Promise<void> {
  const models = Object.fromEntries(modelRoles.map((role) => [role, modelOf(role)]))
  await writeWhole(join(dir, modelsFile), prettyJson({ version: recordingVersion, models }, []))
}

/** Throws where the folder is no recording. */
export async function readModels(dir: string): Promise<Readonly<Record<ModelRole, string>>> {
  const file = join(dir, modelsFile)
  const text = await readOrNull(file)
  if (text === null) throw new Error(`${dir} is no recording: it has no ${modelsFile}`)
  return parseFile(file, modelsSchema, text).models
}

/** JSON for people and for comparing: the same value gives the same text, whatever order its keys had. */
export function prettyJson(value: unknown, secrets: readonly string[]): string {
  return `${JSON.stringify(tidied(value, secrets), null, 2)}\n`
}

const keyOrder = ['version', 'instance_id', 'kind', 'type', 'role', 'session', 'model', 'name']

function tidied(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return redact(value, secrets)
  if (Array.isArray(value)) return value.map((item) => tidied(item, secrets))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [redact(key, secrets), tidied(item, secrets)] as const)
  return Object.fromEntries(entries.toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1)))
}

function rank(key: string): number {
  const at = keyOrder.indexOf(key)
  return at === -1 ? keyOrder.length : at
}

function parseFile<T>(file: string, schema: v.GenericSchema<unknown, T>, text: string): T {
  try {
    return v.parse(schema, JSON.parse(text))
  } catch (error) {
    const message = messageOf(error)
    throw new Error(`${file} is no recorded call of this version: ${message}`, { cause: error })
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${crypto.randomUUID()}.part`
  await writeFile(draft, text)
  await rename(draft, file)
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
