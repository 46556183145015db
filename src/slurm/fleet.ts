import type { SlurmSettings } from '../domain/slurm.ts'
import type { ByteChannel } from '../util/byte-channel.ts'
import { openChild } from '../util/child-channel.ts'
import { callSlurm, noSlurm, type SlurmAnswer, type SlurmEnvironment } from './call.ts'
import { cancelCommand, jobName, nodeName, queueCommand, stepCommand, submitCommand } from './commands.ts'
import { parseJobs, type SlurmJob } from './jobs.ts'
import { runStep, type StepEnd, type StepOptions } from './step.ts'
import { jobTrouble, type SlurmTrouble } from './trouble.ts'

export interface SlurmRequest {
  readonly runId: string
  /**
   * Starts the node process of a name, which stays in the foreground; exit code 0: it has nothing left to do. The first
   * word is the path of the program, which may come there later. `~/` at the beginning of a word is the home folder there.
   */
  readonly serve: (name: string) => readonly string[]
  readonly environment: SlurmEnvironment
}

type Failed = { readonly kind: 'failed'; readonly trouble: SlurmTrouble }
export type OpenedSlurmFleet = { readonly kind: 'opened'; readonly fleet: SlurmFleet } | Failed
export type SlurmJobs = { readonly kind: 'told'; readonly jobs: readonly SlurmJob[] } | Failed
export type OpenedStep = { readonly kind: 'opened'; readonly channel: ByteChannel } | Failed

/** Finds the machines that this run has or waits for already, as after a restart; asks Slurm for those that are missing. */
export async function openSlurmFleet(
  settings: SlurmSettings,
  { runId, serve, environment }: SlurmRequest,
  signal: AbortSignal,
): Promise<OpenedSlurmFleet> {
  const fleet = new SlurmFleet(jobName(runId), settings.nodes, environment)
  const found = await fleet.jobs(signal)
  if (found.kind === 'failed') return found
  const present = new Set(found.jobs.flatMap(({ state, index }) => (state === 'ended' ? [] : [index])))
  const indices = indicesOf(settings.nodes).filter((index) => !present.has(index))
  if (indices.length === 0) return { kind: 'opened', fleet }
  const words = { indices, serve: serve(nodeName('%a')) }
  const submitted = await callSlurm(submitCommand(settings, jobName(runId), words), environment, signal)
  return submitted.kind === 'failed' ? submitted : { kind: 'opened', fleet }
}

function indicesOf(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

/** The machines of a run, wherever Slurm puts them. It holds nothing open: `cancel` is what gives the machines back. */
export class SlurmFleet {
  /** What the machines are called, also those that are still waited for. */
  readonly nodes: readonly string[]
  readonly #name: string
  readonly #environment: SlurmEnvironment

  constructor(name: string, count: number, environment: SlurmEnvironment) {
    this.#name = name
    this.nodes = indicesOf(count).map(nodeName)
    this.#environment = environment
  }

  /** Of each machine that was asked for, its job. Those that ended are forgotten by Slurm some minutes later. */
  async jobs(signal: AbortSignal): Promise<SlurmJobs> {
    const answer = await this.#call(queueCommand(this.#name), signal)
    return answer.kind === 'failed' ? answer : { kind: 'told', jobs: parseJobs(answer.text) }
  }

  /** Runs a command line on a machine; the channel is its standard input and output, and it ends with the channel. */
  async connect(node: string, command: string, signal: AbortSignal): Promise<OpenedStep> {
    const found = await this.#jobOf(node, signal)
    if (found.kind === 'failed') return found
    const channel = openChild(stepCommand(found.jobId, command), this.#environment)
    return channel === null ? { kind: 'failed', trouble: noSlurm('srun') } : { kind: 'opened', channel }
  }

  /** Runs a command line on a machine to its end. */
  async exec(node: string, command: string, options: StepOptions): Promise<StepEnd> {
    const found = await this.#jobOf(node, options.signal)
    if (found.kind === 'failed') return found
    return await runStep(stepCommand(found.jobId, command), this.#environment, options)
  }

  /** Gives all machines back, and those that are waited for. */
  async cancel(signal: AbortSignal): Promise<SlurmAnswer> {
    const answer = await this.jobs(signal)
    if (answer.kind === 'failed') return answer
    const left = answer.jobs.filter(({ state }) => state !== 'ended').map(({ jobId }) => jobId)
    return left.length === 0 ? { kind: 'answered', text: '' } : await this.#call(cancelCommand(left), signal)
  }

  async #jobOf(
    node: string,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'found'; readonly jobId: string } | Failed> {
    const answer = await this.jobs(signal)
    if (answer.kind === 'failed') return answer
    const jobs = answer.jobs.filter(({ index }) => nodeName(index) === node)
    const running = jobs.find(({ state }) => state === 'running')
    if (running !== undefined) return { kind: 'found', jobId: running.jobId }
    const waiting = jobs.find((job) => job.state === 'waiting')
    return { kind: 'failed', trouble: jobTrouble(waiting ?? jobs.findLast((job) => job.state === 'ended')) }
  }

  #call(command: readonly string[], signal: AbortSignal): Promise<SlurmAnswer> {
    return callSlurm(command, this.#environment, signal)
  }
}
