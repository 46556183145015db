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
import type { ContainerLimits } from '../docker/container.ts'
import { checkDockerfile } from '../docker/dockerfile-check.ts'
import type { Engine } from '../docker/engine.ts'
import { findImage } from '../docker/images.ts'
import type { AuthorName, TestCommand } from '../domain/environment.ts'
import { FaultError } from '../domain/fault.ts'
import type { Instance } from '../domain/instance.ts'
import type { GuidanceRecord, IterationOutcome, IterationRecord } from '../domain/iteration-record.ts'
import type { Rejection } from '../domain/judge.ts'
import type { ResolvedEnvironment, Stage, SynthesisEvent, SynthesisResult } from '../domain/synthesis-event.ts'
import type { RejectionReason } from '../domain/verdict.ts'
import { ensureCommit, type MirrorOptions } from '../git/mirror.ts'
import { sha256 } from '../util/sha256.ts'
import { buildEnvironment, type EnvironmentBuild, removeHead } from './environment-image.ts'
import { checkEvalScript, renderSkeleton } from './eval-script.ts'
import type { EvalContext } from './evaluate.ts'
import { proofOf } from './proof.ts'
import { prepareSubject, type Subject } from './subject.ts'
import { type Validation, validate } from './validate.ts'

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
    const tried = await this.#try(subject, dockerfile, testCommand)
    this.#record(tried, { dockerfile, testCommand }, performance.now() - startedMs)
    if (tried.kind === 'accepted') {
      const { kind: _, ...acceptance } = tried.validation.outcome
      const proof = proofOf(subject, tried.environment, tried.validation, this.#context.options.strict)
      const verdict = { kind: 'accepted' as const, ...acceptance }
      return { kind: 'ended', result: { verdict, environment: tried.environment, proof, iterations: this.#number } }
    }
    return { kind: 'open', outcome: tried.outcome }
  }

  async #try(subject: Subject, dockerfile: string, testCommand: TestCommand): Promise<Tried> {
    const { host, instance, options } = this.#context
    const problems = checkDockerfile(dockerfile, {
      repo: instance.repo,
      projectNames: subject.projectNames,
      allowedBases: (name) => /^openswe-python-\d+\.\d+$/.test(name),
    })
    if (problems.length > 0) return refused('dockerfile-refused', problems)
    if (subject.audit.gold.isCopiedIn(Buffer.from(`${dockerfile}\n${dockerfile.replaceAll('\\n', '\n')}`))) {
      return refused('leak-gold-patch', ['the Dockerfile holds lines of the gold patch'])
    }
    const script = this.#author.name === 'published' ? (instance.published?.eval_script ?? '') : ''
    const cheats = checkEvalScript(script)
    if (cheats.length > 0) return refused('eval-script-refused', cheats)
    this.#stages.enter('build', this.#number)
    const context = this.#evalContext()
    const build: EnvironmentBuild = {
      dockerfile,
      checkoutDir: subject.checkoutDir,
      checkoutDigest: instance.base_commit,
      timeoutMs: options.buildTimeoutMs,
    }
    const base = await baseOf(host.engine, dockerfile)
    const image = await buildEnvironment(context, build)
    if (image.kind !== 'built') return buildFailure(image)
    this.#lastEnvironment = environmentOf(dockerfile, testCommand, image)
    const validation = await validate(
      context,
      subject,
      { imageId: image.imageId, command: testCommand, base },
      {
        repeats: options.repeats,
        isStrict: options.strict,
        onStage: (stage) => this.#stages.enter(stage, this.#number),
      },
    )
    if (validation.outcome.kind === 'accepted') {
      await removeHead(context, build)
      const environment = { ...environmentOf(dockerfile, validation.command, image), evalScript: validation.evalScript }
      return {
        kind: 'accepted',
        environment,
        validation: { ...validation, outcome: validation.outcome },
        log: image.log,
      }
    }
    return evaluated(validation, validation.outcome, image.log)
  }

  #record(tried: Tried, draft: { dockerfile: string; testCommand: TestCommand }, durationMs: number): void {
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

type Accepted = Extract<Validation['outcome'], { kind: 'accepted' }>

type Tried =
  | {
      readonly kind: 'accepted'
      readonly environment: ResolvedEnvironment
      readonly validation: Validation & { readonly outcome: Accepted }
      readonly log: string
    }
  | {
      readonly kind: 'open'
      readonly outcome: IterationOutcome
      readonly result: IterationResult
      readonly validation: Validation | null
      readonly log: string
    }

/** Emits when a stage begins and ends; entering one ends the one before. */
class StageClock {
  readonly #emit: (event: SynthesisEvent) => void
  #current: { stage: Stage; iteration: number; startedMs: number } | null = null

  constructor(emit: (event: SynthesisEvent) => void) {
    this.#emit = emit
  }

  enter(stage: Stage, iteration: number): void {
    this.end()
    this.#current = { stage, iteration, startedMs: performance.now() }
    this.#emit({ type: 'stage', stage, iteration, state: 'started' })
  }

  end(): void {
    if (this.#current === null) return
    const { stage, iteration, startedMs } = this.#current
    this.#current = null
    this.#emit({ type: 'stage', stage, iteration, state: 'finished', durationMs: performance.now() - startedMs })
  }
}

function refused(reason: RejectionReason, problems: readonly string[]): Tried {
  const outcome = { kind: 'dockerfile-refused', reason, explanation: problems.join('; ') } as const
  return { kind: 'open', outcome, result: { kind: 'dockerfile-refused', problems }, log: '', validation: null }
}

function environmentOf(
  dockerfile: string,
  testCommand: TestCommand,
  image: { readonly imageId: string; readonly tag: string },
): ResolvedEnvironment {
  const evalScriptSkeleton = renderSkeleton(testCommand)
  return { dockerfile, testCommand, evalScript: '', evalScriptSkeleton, imageId: image.imageId, imageTag: image.tag }
}

async function baseOf(engine: Engine, dockerfile: string) {
  const reference = /^\s*FROM\s+(\S+)/im.exec(dockerfile)?.[1] ?? ''
  const image = await findImage(engine, reference)
  if (image === null) {
    throw new FaultError('base-image-missing', `${reference} is not on this machine — run: openswe images build`)
  }
  return { layers: image.layers, environment: image.environment }
}

const networkTrouble =
  /Temporary failure in name resolution|Could not resolve host|dns error|Network is unreachable|Connection timed out|error sending request for url/

function buildFailure(image: Exclude<Awaited<ReturnType<typeof buildEnvironment>>, { kind: 'built' }>): Tried {
  if (image.kind === 'timed-out') {
    const explanation = `the build did not end within ${image.afterMs / 1000} s`
    const outcome = { kind: 'build-timed-out', reason: 'build-timed-out', explanation } as const
    const result = { kind: 'build-timed-out', afterMs: image.afterMs, log: image.log } as const
    return { kind: 'open', outcome, result, validation: null, log: image.log }
  }
  if (networkTrouble.test(image.log.slice(-8000))) {
    throw new FaultError('index-unreachable', `the build could not reach the network: ${lastLine(image.log)}`)
  }
  const explanation = `${image.step}: ${lastLine(image.log)}`
  const outcome = { kind: 'build-failed', reason: 'build-failed', explanation } as const
  const result = { kind: 'build-failed', step: image.step, exitCode: image.exitCode, log: image.log } as const
  return { kind: 'open', outcome, result, validation: null, log: image.log }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? ''
}

function evaluated(validation: Validation, rejection: Rejection, log: string): Tried {
  const { reason, explanation } = rejection
  return {
    kind: 'open',
    outcome: { kind: 'evaluated', reason, explanation },
    result: { kind: 'evaluated', reason, explanation, runs: validation.runs },
    validation,
    log,
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
