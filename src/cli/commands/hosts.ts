import * as v from 'valibot'
import { readHosts } from '../../config/hosts-file.ts'
import { describeHostsProblems } from '../../config/hosts-problem.ts'
import { environmentVariable } from '../../config/process-environment.ts'
import { type HostPush, pushToAll } from '../../control/fleet-push.ts'
import { checkHosts, type HostReport } from '../../control/hosts-check.ts'
import { findNodeBuilds, type NodeBuilds } from '../../control/node-builds.ts'
import type { Host } from '../../domain/host.ts'
import { closestWord } from '../../util/closest-word.ts'
import { command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { reportJson } from '../hosts-json.ts'
import { pushJson, pushSummary, pushTable } from '../hosts-push.ts'
import { hostsSummary, hostsTable } from '../hosts-table.ts'
import { flag, list, wholeNumber } from '../option-values.ts'
import { takeStopSignals } from '../stop-signals.ts'
import type { Terminal } from '../terminal.ts'

export const hosts = command({
  options: [
    { name: 'only', value: 'NAMES', description: 'Some of the hosts, by their names, after commas' },
    { name: 'starts', value: 'N', description: 'Connections in the making at a time (default: 8)' },
    {
      name: 'binary',
      value: 'FILES',
      description: 'For `push`: binaries of openswe, for hosts of other kinds than this',
    },
    { name: 'json', description: 'Print one JSON object a host' },
  ],
  examples: [
    'openswe hosts check',
    'openswe hosts check fleet.toml --only node07,node08 --json',
    'openswe hosts push fleet.toml --binary dist/openswe-linux-arm64',
  ],
  schema: v.object({
    only: v.optional(list),
    starts: v.optional(wholeNumber(1, 256), '8'),
    binary: v.optional(list),
    json: flag,
  }),
  async run([action = '', file = 'hosts.toml'], { only, starts, binary = [], json }, terminal) {
    if (action !== 'check' && action !== 'push')
      throw new UsageError(`unknown action \`${action}\` — \`check\` and \`push\` are what there is`)
    const chosen = choose(await hostsIn(file), only)
    const builds = action === 'push' ? await buildsIn(binary) : null
    using signals = takeStopSignals(() => terminal.err('\nstopping\n'))
    const agentSocket = environmentVariable('SSH_AUTH_SOCK')
    const options = { starts, agentSocket, signal: signals.first }
    try {
      return builds === null
        ? await check(checkHosts(chosen, options), json, terminal)
        : await push(pushToAll(chosen, { ...options, builds, streams: starts }), json, terminal)
    } catch (error) {
      if (signals.first.aborted) return signals.exitCode()
      throw error
    }
  },
})

async function check(
  found: AsyncIterable<HostReport>,
  json: boolean | undefined,
  terminal: Terminal,
): Promise<ExitCode> {
  const reports: HostReport[] = []
  for await (const report of found) {
    reports.push(report)
    if (json) terminal.out(`${JSON.stringify(reportJson(report))}\n`)
  }
  if (!json) {
    terminal.out(hostsTable(reports, terminal))
    terminal.err(hostsSummary(reports))
  }
  return reports.some(({ state }) => state === 'missing') ? exitCodes.preflight : exitCodes.success
}

async function push(came: AsyncIterable<HostPush>, json: boolean | undefined, terminal: Terminal): Promise<ExitCode> {
  const pushes: HostPush[] = []
  for await (const one of came) {
    pushes.push(one)
    if (json) terminal.out(`${JSON.stringify(pushJson(one))}\n`)
  }
  if (!json) {
    terminal.out(pushTable(pushes, terminal))
    terminal.err(pushSummary(pushes))
  }
  return pushes.some(({ end }) => end.kind === 'failed') ? exitCodes.preflight : exitCodes.success
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
