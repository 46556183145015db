import * as v from 'valibot'
import { readHosts } from '../../config/hosts-file.ts'
import { describeHostsProblems } from '../../config/hosts-problem.ts'
import { environmentVariable } from '../../config/process-environment.ts'
import { supportedPythons } from '../../control/base-images/flavour.ts'
import { type HostImagesReport, imagesOnAll } from '../../control/base-images/fleet-images.ts'
import { type HostPush, type PushAllOptions, pushToAll } from '../../control/fleet-push.ts'
import { checkHosts, type HostReport } from '../../control/hosts/check.ts'
import { findNodeBuilds, type NodeBuilds } from '../../control/node-builds.ts'
import type { Host } from '../../domain/host.ts'
import { closestWord } from '../../util/closest-word.ts'
import { printable } from '../../util/printable.ts'
import { command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { askedImages, type ImagesValues } from '../hosts/asked-images.ts'
import { checkJson, checkSummary, checkTable } from '../hosts/check.ts'
import { imagesJson, imagesSummary, imagesTable, isReady } from '../hosts/images.ts'
import { pushJson, pushSummary, pushTable } from '../hosts/push.ts'
import { imageBuildEntries, imageBuildRows } from '../options/images.ts'
import { flag, list, someOf, wholeNumber } from '../options/values.ts'
import { takeStopSignals } from '../stop-signals.ts'
import type { Terminal } from '../terminal.ts'

const actions = ['check', 'push', 'images'] as const

const forImages = 'For `images`'

export const hosts = command({
  options: [
    { name: 'only', value: 'NAME,…', description: 'Only these hosts' },
    { name: 'starts', value: 'N', description: 'Connections being made at a time (default: 8)' },
    {
      name: 'binary',
      value: 'FILE,…',
      description: 'For `push` and `images`: binaries of openswe for hosts of another kind than this machine',
    },
    { name: 'json', description: 'Print one JSON object a host' },
    {
      name: 'python',
      value: 'X.Y,…',
      description: 'Python versions (default: 3.9,3.11; with --from-here all that are here)',
      group: forImages,
    },
    {
      name: 'from-here',
      description: 'Send the base images of this machine: nothing is built, and no host needs a registry or a mirror',
      group: forImages,
    },
    { name: 'update', description: 'Bring images that are out of date again, too', group: forImages },
    ...imageBuildRows.map((row) => ({ ...row, group: forImages })),
  ],
  examples: [
    'openswe hosts check',
    'openswe hosts check fleet.toml --only node07,node08 --json',
    'openswe hosts push fleet.toml --binary dist/openswe-linux-arm64',
    'openswe hosts images --from-here',
  ],
  schema: v.object({
    only: v.optional(list),
    starts: v.optional(wholeNumber(1, 256), '8'),
    binary: v.optional(list),
    json: flag,
    python: v.optional(someOf(supportedPythons)),
    fromHere: flag,
    update: flag,
    ...imageBuildEntries,
  }),
  async run([word = '', file = 'hosts.toml'], values, terminal) {
    const action = actions.find((one) => one === word)
    if (action === undefined) {
      throw new UsageError(`unknown action \`${word}\` — \`check\`, \`push\` and \`images\` are what there is`)
    }
    const { only, starts, binary = [], json = false } = values
    const chosen = choose(await hostsIn(file), only)
    using signals = takeStopSignals(() => terminal.err('\nstopping\n'))
    const agentSocket = environmentVariable('SSH_AUTH_SOCK')
    const options = { starts, agentSocket, signal: signals.first }
    const say = { json, terminal }
    try {
      if (action === 'check') return await report(checkHosts(chosen, options), checkFace, say)
      const pushing = { ...options, builds: await buildsIn(binary), streams: starts }
      if (action === 'push') return await report(pushToAll(chosen, pushing), pushFace, say)
      return await bringImages(chosen, values, pushing, say)
    } catch (error) {
      if (signals.first.aborted) return signals.exitCode()
      throw error
    }
  },
})

async function bringImages(hosts: readonly Host[], values: ImagesValues, options: PushAllOptions, say: Say) {
  await using asked = await askedImages(values)
  const onProgress = ({ name }: Host, what: string) => say.terminal.err(`${printable(`${name}: ${what}`)}\n`)
  return await report(imagesOnAll(hosts, { ...options, ...asked.request, onProgress }), imagesFace, say)
}

interface Say {
  readonly json: boolean
  readonly terminal: Terminal
}

/** How what came of hosts is shown. */
interface Face<Came> {
  asJson(came: Came): unknown
  table(all: readonly Came[], terminal: Terminal): string
  summary(all: readonly Came[]): string
  isFailed(came: Came): boolean
}

const checkFace: Face<HostReport> = {
  asJson: checkJson,
  table: checkTable,
  summary: checkSummary,
  isFailed: ({ state }) => state === 'missing',
}

const pushFace: Face<HostPush> = {
  asJson: pushJson,
  table: pushTable,
  summary: pushSummary,
  isFailed: ({ end }) => end.kind === 'failed',
}

const imagesFace: Face<HostImagesReport> = {
  asJson: imagesJson,
  table: imagesTable,
  summary: imagesSummary,
  isFailed: (came) => !isReady(came),
}

async function report<Came>(came: AsyncIterable<Came>, face: Face<Came>, { json, terminal }: Say): Promise<ExitCode> {
  const all: Came[] = []
  for await (const one of came) {
    all.push(one)
    if (json) terminal.out(`${JSON.stringify(face.asJson(one))}\n`)
  }
  if (!json) {
    terminal.out(face.table(all, terminal))
    terminal.err(face.summary(all))
  }
  return all.some(face.isFailed) ? exitCodes.preflight : exitCodes.success
}

async function buildsIn(files: readonly string[]): Promise<NodeBuilds> {
  const found = await findNodeBuilds(files, process.execPath)
  if (found.kind === 'none') throw new UsageError(`${found.problem} — ${found.fix}`)
  return found.builds
}

/** Throws UsageError with all that is wrong with the file. */
async function hostsIn(file: string): Promise<readonly Host[]> {
  const read = await readHosts(file)
  if (read.kind === 'refused')
    throw new UsageError(`hosts cannot be read\n${describeHostsProblems(file, read.problems)}`)
  return read.hosts
}

function choose(all: readonly Host[], only: readonly string[] | undefined): readonly Host[] {
  const names = all.map(({ name }) => name)
  const stranger = only?.find((name) => !names.includes(name))
  if (stranger !== undefined) {
    const near = closestWord(stranger, names)
    throw new UsageError(`no host is named ${stranger}${near === undefined ? '' : ` — did you mean ${near}?`}`)
  }
  return all.filter(({ name }) => only === undefined || only.includes(name))
}
