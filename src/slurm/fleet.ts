import type { SlurmSettings } from '../domain/slurm.ts'
import type { ByteChannel } from '../util/byte-channel.ts'
import { openChild } from '../util/child-channel.ts'
import { callSlurm, noSlurm, type SlurmAnswer, type SlurmEnvironment } from './call.ts'
import { cancelCommand, jobName, queueCommand, stepCommand, submitCommand } from './commands.ts'
import { parseJobs, type SlurmJob } from './jobs.ts'
import { runStep, type StepEnd, type StepOptions } from './step.ts'
import { jobTrouble, type SlurmTrouble, trouble } from './trouble.ts'

export interface SlurmRequest {
  readonly runId: string
  /**
   * Starts a node process, which stays in the foreground; exit code 0: it has nothing left to do. The first word is the
   * path of the program, which may come there later. In each, `%N` stands for the machine's name and `~/` for the home.
   */
  readonly serve: readonly string[]
  readonly environment: SlurmEnvironment
}

type Failed = { readonly kind: 'failed'; readonly trouble: SlurmTrouble }
export type OpenedSlurmFleet = { readonly kind: 'opened'; readonly fleet: SlurmFleet } | Failed
export type SlurmJobs = { readonly kind: 'told'; readonly jobs: readonly SlurmJob[] } | Failed
export type OpenedStep = { readonly kind: 'opened'; readonly channel: ByteChannel } | Failed

/** Finds the machines that this run has or waits for already, as after a restart; asks Slurm for them where it has none. */
export async function openSlurmFleet(
  settings: SlurmSettings,
  { runId, serve, environment }: SlurmRequest,
  signal: AbortSignal,
): Promise<OpenedSlurmFleet> {
  const fleet = new SlurmFleet(jobName(runId), environment)
  const found = await fleet.jobs(signal)
  if (found.kind === 'failed') return found
  if (found.jobs.some(({ state }) => state !== 'ended')) return { kind: 'opened', fleet }
  const submitted = await callSlurm(submitCommand(settings, jobName(runId), serve), environment, signal)
  return submitted.kind === 'failed' ? submitted : { kind: 'opened', fleet }
}

/** The machines of a run, wherever Slurm puts them. It holds nothing open: `cancel` is what gives the machines back. */
export class SlurmFleet {
  readonly #name: string
  readonly #environment: SlurmEnvironment

  constructor(name: string, environment: SlurmEnvironment) {
    this.#name = name
    this.#environment = environment
  }

  /** Of each machine that was asked for, its job. Those that ended are forgotten by Slurm some minutes later. */
  async jobs(signal: AbortSignal): Promise<SlurmJobs> {
    const answer = await this.#call(queueCommand(this.#name), signal)
    return answer.kind === 'failed' ? answer : { kind: 'told', jobs: parseJobs(answer.text) }
  }

  /** The names of the machines that are there now. */
  async nodes(signal: AbortSignal): Promise<{ readonly kind: 'told'; readonly nodes: readonly string[] } | Failed> {
    const answer = await this.jobs(signal)
    if (answer.kind === 'failed') return answer
    return { kind: 'told', nodes: answer.jobs.flatMap((job) => (job.state === 'running' ? [job.node] : [])) }
  }

  /** Runs a command line on a machine; the channel is its standard input and output, and it ends with the channel. */
  async connect(node: string, command: string, signal: AbortSignal): Promise<OpenedStep> {
    const found = await this.#jobOn(node, signal)
    if (found.kind === 'failed') return found
    const channel = openChild(stepCommand(found.jobId, command), this.#environment)
    return channel === null ? { kind: 'failed', trouble: noSlurm('srun') } : { kind: 'opened', channel }
  }

  /** Runs a command line on a machine to its end. */
  async exec(node: string, command: string, options: StepOptions): Promise<StepEnd> {
    const found = await this.#jobOn(node, options.signal)
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

  async #jobOn(
    node: string,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'found'; readonly jobId: string } | Failed> {
    const answer = await this.jobs(signal)
    if (answer.kind === 'failed') return answer
    const jobs = answer.jobs.filter((job) => job.state !== 'waiting' && job.node === node)
    const running = jobs.find(({ state }) => state === 'running')
    if (running !== undefined) return { kind: 'found', jobId: running.jobId }
    const ended = jobs.findLast((job) => job.state === 'ended')
    if (ended !== undefined) return { kind: 'failed', trouble: jobTrouble(ended) }
    const fix = 'wait for the jobs that are in the queue, or start the run again'
    return { kind: 'failed', trouble: trouble('unknown', `${node}: no job of this run is there`, fix) }
  }

  #call(command: readonly string[], signal: AbortSignal): Promise<SlurmAnswer> {
    return callSlurm(command, this.#environment, signal)
  }
}
