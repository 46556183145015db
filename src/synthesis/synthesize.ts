import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type {
  Analysis,
  Author,
  AuthorBrief,
  Guidance,
  Iteration,
  IterationResult,
  RepositoryReport,
} from '../authors/author.ts'
import type { Engine } from '../docker/engine.ts'
import type { ContainerLimits } from '../domain/container-limits.ts'
import type { AuthorName, EnvironmentDraft } from '../domain/environment.ts'
import { FaultError } from '../domain/fault.ts'
import type { Instance } from '../domain/instance.ts'
import type { GuidanceRecord, IterationOutcome, IterationRecord } from '../domain/iteration-record.ts'
import type { ResolvedEnvironment, SynthesisEvent, SynthesisResult } from '../domain/synthesis-event.ts'
import type { RejectionReason } from '../domain/verdict.ts'
import { ensureCommit, type MirrorOptions } from '../git/mirror.ts'
import { sha256 } from '../util/sha256.ts'
import type { EvalContext } from './evaluate.ts'
import { proofOf } from './proof.ts'
import { StageClock } from './stage-clock.ts'
import { prepareSubject, type Subject } from './subject.ts'
import type { Tried } from './tried.ts'
import { tryEnvironment } from './try-environment.ts'

export interface SynthesisOptions {
  readonly repeats: { readonly testOnly: number; readonly withFix: number }
  /** Repeats under shuffled order, other hash seeds, time zones and CPU counts. */
  readonly strict: boolean
  readonly limits: ContainerLimits
  readonly buildTimeoutMs: number
  readonly maxIterations: number
  readonly checkoutDepth: number
  readonly runId: string
  /** Scratch space; each attempt makes and removes a folder of its own in it. */
  readonly workDir: string
}

/** What a machine offers to an attempt. */
export interface SynthesisHost {
  readonly engine: Engine
  readonly mirror: MirrorOptions
  /** Python versions whose base image is at hand. */
  readonly pythonVersions: readonly string[]
  /** A new author for one attempt at the instance. */
  readonly authors: (name: AuthorName, instance: Instance) => Author
}

/**
 * One attempt at an instance: explore, write, build, validate, analyse, and again with what was learnt, until an
 * environment is accepted, the author gives up or the iterations are spent. `resume` holds the iterations that an
 * earlier life of the attempt finished; they are not done again. Throws FaultError where the machinery failed.
 */
export async function synthesize(
  host: SynthesisHost,
  instance: Instance,
  authorName: AuthorName,
  options: SynthesisOptions,
  resume: readonly IterationRecord[],
  emit: (event: SynthesisEvent) => void,
  signal: AbortSignal,
): Promise<SynthesisResult> {
  const workDir = join(options.workDir, sha256(options.runId, instance.instance_id).slice(0, 24))
  await rm(workDir, { recursive: true, force: true })
  await mkdir(workDir, { recursive: true })
  try {
    const attempt = new Attempt({ host, instance, options, emit, signal, workDir }, host.authors(authorName, instance))
    return await attempt.run(resume)
  } finally {
    await rm(workDir, { recursive: true, force: true })
  }
}

interface AttemptContext {
  readonly host: SynthesisHost
  readonly instance: Instance
  readonly options: SynthesisOptions
  readonly emit: (event: SynthesisEvent) => void
  readonly signal: AbortSignal
  readonly workDir: string
}

/** The state of one attempt while it runs: the iterations so far and the advice that came out of them. */
class Attempt {
  readonly #context: AttemptContext
  readonly #author: Author
  readonly #stages: StageClock
  #guidance: GuidanceRecord[] = []
  readonly #iterations: Iteration[] = []
  #lastEnvironment: ResolvedEnvironment | undefined
  #number = 0

  constructor(context: AttemptContext, author: Author) {
    this.#context = context
    this.#author = author
    this.#stages = new StageClock(context.emit)
  }

  async run(resume: readonly IterationRecord[]): Promise<SynthesisResult> {
    try {
      return await this.#run(resume)
    } finally {
      this.#stages.end()
    }
  }

  async #run(resume: readonly IterationRecord[]): Promise<SynthesisResult> {
    const { host, instance, options, signal } = this.#context
    this.#stages.enter('fetch', 0)
    const mirror = await ensureCommit(host.mirror, instance.repo, instance.base_commit, signal)
    if (mirror.kind === 'unreachable') throw new FaultError('repository-unreachable', mirror.explanation)
    if (mirror.kind !== 'ready') {
      const reason = mirror.kind === 'missing' ? 'repository-missing' : 'commit-missing'
      return this.#reject(reason, mirror.explanation)
    }
    this.#stages.enter('checkout', 0)
    const prepared = await prepareSubject({
      gitDir: mirror.gitDir,
      instance,
      workDir: this.#context.workDir,
      checkoutDepth: options.checkoutDepth,
      signal,
    })
    if (prepared.kind === 'rejected') return this.#reject(prepared.reason, prepared.explanation)
    return this.#iterate(prepared.subject, resume)
  }

  async #iterate(subject: Subject, resume: readonly IterationRecord[]): Promise<SynthesisResult> {
    const brief = this.#brief(subject)
    this.#stages.enter('explore', 0)
    let report = await this.#author.explore(brief, [])
    for (const record of resume) this.#recall(record)
    let last = resume.at(-1)?.result
    while (this.#number < this.#context.options.maxIterations) {
      if (last !== undefined) {
        const analysis = await this.#author.analyse(brief, report, this.#iterations)
        if (analysis.kind === 'unsolvable') return this.#end({ kind: 'unsolvable', explanation: analysis.explanation })
        if (analysis.kind === 'give-up') break
        report = await this.#follow(analysis, brief, report)
      }
      this.#number += 1
      const done = await this.#iteration(subject, brief, report)
      if (done.kind === 'ended') return done.result
      last = done.outcome
    }
    const reason = (last?.reason ?? 'no-author-answer') as RejectionReason
    return this.#reject(reason, last?.explanation ?? 'the author gave no environment')
  }

  async #iteration(
    subject: Subject,
    brief: AuthorBrief,
    report: RepositoryReport,
  ): Promise<{ kind: 'ended'; result: SynthesisResult } | { kind: 'open'; outcome: IterationOutcome }> {
    const startedMs = performance.now()
    this.#stages.enter('write', this.#number)
    const dockerfile = await this.#author.writeDockerfile(brief, report, this.#adviceFor('dockerfile'))
    const testCommand = await this.#author.writeTestCommand(brief, report, this.#adviceFor('evalScript'))
    const draft = { dockerfile, testCommand }
    const tried = await this.#try(subject, draft)
    this.#record(tried, draft, performance.now() - startedMs)
    if (tried.kind === 'accepted') {
      const { kind: _, ...acceptance } = tried.validation.outcome
      const proof = proofOf(subject, tried.environment, tried.validation)
      const verdict = { kind: 'accepted' as const, ...acceptance }
      return { kind: 'ended', result: { verdict, environment: tried.environment, proof, iterations: this.#number } }
    }
    return { kind: 'open', outcome: tried.outcome }
  }

  #try(subject: Subject, draft: EnvironmentDraft): Promise<Tried> {
    const { buildTimeoutMs, repeats, strict: isStrict } = this.#context.options
    return tryEnvironment(this.#evalContext(), subject, {
      author: this.#author.name,
      draft,
      buildTimeoutMs,
      repeats,
      isStrict,
      onStage: (stage) => this.#stages.enter(stage, this.#number),
      onBuilt: (environment) => {
        this.#lastEnvironment = environment
      },
    })
  }

  #record(tried: Tried, draft: EnvironmentDraft, durationMs: number): void {
    const outcome: IterationOutcome =
      tried.kind === 'accepted' ? { kind: 'accepted', explanation: 'every check holds' } : tried.outcome
    const record: IterationRecord = {
      number: this.#number,
      ...draft,
      guidance: this.#guidance,
      result: outcome,
      buildLog: tried.log,
      runs: tried.validation?.runs ?? [],
      durationMs,
    }
    this.#context.emit({ type: 'iteration', record })
    if (tried.kind === 'open') this.#iterations.push({ ...iterationOf(record), result: tried.result })
  }

  /** Keeps the advice by role, and explores again where that was asked for. */
  async #follow(
    analysis: Extract<Analysis, { kind: 'revise' }>,
    brief: AuthorBrief,
    report: RepositoryReport,
  ): Promise<RepositoryReport> {
    for (const role of ['explore', 'dockerfile', 'evalScript'] as const) {
      const advice = analysis[role]
      if (advice) this.#guidance = [...this.#guidance, { role, ...advice }]
    }
    return analysis.explore ? this.#author.explore(brief, this.#adviceFor('explore')) : report
  }

  /** Takes over an iteration of an earlier life as if it had just been done. */
  #recall(record: IterationRecord): void {
    this.#number = record.number
    this.#guidance = [...record.guidance]
    this.#iterations.push({ ...iterationOf(record), result: resultOf(record) })
  }

  #adviceFor(role: GuidanceRecord['role']): readonly Guidance[] {
    return this.#guidance.filter((advice) => advice.role === role)
  }

  #brief(subject: Subject): AuthorBrief {
    const { patch: _patch, published: _published, ...instance } = this.#context.instance
    return {
      instance,
      addedModules: subject.addedModules,
      tree: subject.tree,
      testFiles: subject.testFiles,
      pythonVersions: this.#context.host.pythonVersions,
      signal: this.#context.signal,
    }
  }

  #evalContext(): EvalContext {
    const { host, instance, options, signal } = this.#context
    return {
      engine: host.engine,
      runId: options.runId,
      instanceId: instance.instance_id,
      limits: options.limits,
      signal,
    }
  }

  #reject(reason: RejectionReason, explanation: string): SynthesisResult {
    return this.#end({ kind: 'rejected', reason, explanation })
  }

  #end(verdict: SynthesisResult['verdict']): SynthesisResult {
    const environment = this.#lastEnvironment
    return { verdict, iterations: this.#number, ...(environment === undefined ? {} : { environment }) }
  }
}

function iterationOf(record: IterationRecord): Omit<Iteration, 'result'> {
  const { number, dockerfile, testCommand, guidance } = record
  return { number, draft: { dockerfile, testCommand }, guidance }
}

function resultOf(record: IterationRecord): IterationResult {
  const { kind, reason = '', explanation } = record.result
  switch (kind) {
    case 'dockerfile-refused':
      return { kind, problems: explanation.split('; ') }
    case 'build-failed':
      return { kind, step: explanation, exitCode: null, log: record.buildLog }
    case 'build-timed-out':
      return { kind, afterMs: record.durationMs, log: record.buildLog }
    case 'accepted':
    case 'evaluated':
      return { kind: 'evaluated', reason, explanation, runs: record.runs }
  }
}
