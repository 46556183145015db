import type { SlurmSettings } from '../domain/slurm.ts'
import type { ByteChannel } from '../util/byte-channel.ts'
import { openChild } from '../util/child-channel.ts'
import type { Clock } from '../util/clock.ts'
import { callSlurm, noSlurm, type SlurmAnswer, type SlurmEnvironment } from './call.ts'
import {
  cancelCommand,
  jobName,
  nodeName,
  queueCommand,
  type SlurmServe,
  stepCommand,
  submitCommand,
} from './commands.ts'
import { parseJobs, type SlurmJob } from './jobs.ts'
import { runStep, type StepEnd, type StepOptions } from './step.ts'
import { jobTrouble, type SlurmTrouble } from './trouble.ts'

export interface SlurmRequest {
  readonly runId: string
  readonly serve: SlurmServe
  readonly environment: SlurmEnvironment
}

type Failed = { readonly kind: 'failed'; readonly trouble: SlurmTrouble }
export type OpenedSlurmFleet = { readonly kind: 'opened'; readonly fleet: SlurmFleet } | Failed
export type SlurmJobs = { readonly kind: 'told'; readonly jobs: readonly SlurmJob[] } | Failed
export type FoundJob = { readonly kind: 'found'; readonly jobId: string; readonly host: string } | Failed
export type OpenedStep = { readonly kind: 'opened'; readonly channel: ByteChannel } | Failed

/** Finds the machines that this run has or waits for already, as after a restart; asks Slurm for those that are missing. */
export async function openSlurmFleet(
  settings: SlurmSettings,
  request: SlurmRequest,
  signal: AbortSignal,
): Promise<OpenedSlurmFleet> {
  const fleet = new SlurmFleet(settings, request)
  const found = await fleet.jobs(signal)
  if (found.kind === 'failed') return found
  const present = new Set(found.jobs.flatMap(({ state, index }) => (state === 'ended' ? [] : [nodeName(index)])))
  const missing = fleet.nodes.filter((name) => !present.has(name))
  if (missing.length === 0) return { kind: 'opened', fleet }
  const submitted = await fleet.submit(missing, signal)
  return submitted.kind === 'failed' ? submitted : { kind: 'opened', fleet }
}

const lookEveryMs = 1_000
/** However many machines ask: its controller is everybody's. */
const askEveryMs = 1_000

/** The machines of a run, wherever Slurm puts them. It holds nothing open: `leave` is what gives the machines back. */
export class SlurmFleet {
  /** What the machines are called, also those that are still waited for. */
  readonly nodes: readonly string[]
  readonly #settings: SlurmSettings
  readonly #request: SlurmRequest
  readonly #name: string
  #told: { readonly atMs: number; readonly jobs: Promise<SlurmJobs> } | null = null

  constructor(settings: SlurmSettings, request: SlurmRequest) {
    this.nodes = Array.from({ length: settings.nodes }, (_, index) => nodeName(index + 1))
    this.#settings = settings
    this.#request = request
    this.#name = jobName(request.runId)
  }

  /** Asks for machines that are not there and not waited for. */
  async submit(nodes: readonly string[], signal: AbortSignal): Promise<SlurmAnswer> {
    const indices = nodes.map((node) => this.nodes.indexOf(node) + 1)
    const { serve } = this.#request
    const answer = await this.#call(submitCommand(this.#settings, this.#name, { indices, serve }), signal)
    this.#told = null
    return answer
  }

  /** Of each machine that was asked for, its jobs. Those that ended are forgotten by Slurm some minutes later. */
  async jobs(signal: AbortSignal): Promise<SlurmJobs> {
    const answer = await this.#call(queueCommand(this.#name), signal)
    return answer.kind === 'failed' ? answer : { kind: 'told', jobs: parseJobs(answer.text) }
  }

  /** The job that is a machine now, or was a second ago. */
  async jobOf(node: string, signal: AbortSignal): Promise<FoundJob> {
    const answer = await this.#recentJobs(signal)
    if (answer.kind === 'failed') return answer
    const jobs = answer.jobs.filter(({ index }) => nodeName(index) === node)
    const running = jobs.find((job) => job.state === 'running')
    if (running !== undefined) return { kind: 'found', jobId: running.jobId, host: running.host }
    const waiting = jobs.find((job) => job.state === 'waiting')
    return { kind: 'failed', trouble: jobTrouble(waiting ?? jobs.findLast((job) => job.state === 'ended')) }
  }

  /** Runs a command line on a machine; the channel is its standard input and output, and it ends with the channel. */
  async connect(node: string, command: string, signal: AbortSignal): Promise<OpenedStep> {
    const found = await this.jobOf(node, signal)
    if (found.kind === 'failed') return found
    const channel = openChild(stepCommand(found.jobId, command), this.#request.environment)
    return channel === null ? { kind: 'failed', trouble: noSlurm('srun') } : { kind: 'opened', channel }
  }

  /** Runs a command line on a machine to its end. */
  async exec(node: string, command: string, options: StepOptions): Promise<StepEnd> {
    const found = await this.jobOf(node, options.signal)
    if (found.kind === 'failed') return found
    return await runStep(stepCommand(found.jobId, command), this.#request.environment, options)
  }

  /**
   * Gives all machines back: those that are waited for at once, the others when their node processes have ended, which
   * were told to, and after `graceMs` whatever they do.
   */
  async leave(
    graceMs: number,
    { nowMs, sleep }: Pick<Clock, 'nowMs' | 'sleep'>,
    signal: AbortSignal,
  ): Promise<SlurmAnswer> {
    const endsAtMs = nowMs() + graceMs
    for (;;) {
      const answer = await this.jobs(signal)
      if (answer.kind === 'failed') return answer
      const left = answer.jobs.filter(({ state }) => state !== 'ended')
      const isOver = nowMs() >= endsAtMs
      const due = left.filter(({ state }) => isOver || state === 'waiting').map(({ taskId }) => taskId)
      const cancelled: SlurmAnswer =
        due.length === 0 ? { kind: 'answered', text: '' } : await this.#call(cancelCommand(due), signal)
      if (cancelled.kind === 'failed' || due.length === left.length) return cancelled
      await sleep(lookEveryMs, signal)
    }
  }

  async #recentJobs(signal: AbortSignal): Promise<SlurmJobs> {
    const nowMs = performance.now()
    if (this.#told === null || nowMs - this.#told.atMs >= askEveryMs) {
      this.#told = { atMs: nowMs, jobs: this.jobs(signal) }
    }
    return await this.#told.jobs
  }

  #call(command: readonly string[], signal: AbortSignal): Promise<SlurmAnswer> {
    return callSlurm(command, this.#request.environment, signal)
  }
}
