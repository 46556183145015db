import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Engine } from '../../docker/engine.ts'
import { sweep } from '../../docker/prune.ts'
import { defaultLimits, defaultSlots } from '../../domain/capacity.ts'
import { EnvironmentImages } from '../../rollout/environment-images.ts'
import type { GradeHost } from '../../rollout/grade-subject.ts'
import { openStore } from '../../store/store.ts'
import { withLockFile } from '../../util/lock-file.ts'
import { Semaphore } from '../../util/semaphore.ts'
import { sha256 } from '../../util/sha256.ts'
import { UsageError } from '../errors.ts'
import { connectEngine, type Machine, prepareMachine } from '../machine.ts'
import type { GradeOptions } from '../options/grade.ts'
import type { Terminal } from '../terminal.ts'
import { gradeModels } from './grade-models.ts'
import { ownPredictions, predictionsOf, readDataset, readPredictionFile } from './predictions.ts'
import { viewGrades } from './view.ts'

/** Grades a file of predictions, or `gold` or `empty`, from reading it to its reports. Returns the exit code. */
export async function gradeFile(
  file: string,
  options: GradeOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  using view = viewGrades(terminal, options.json === true)
  using store = await openStore(options.db, 'read')
  const dataset = await readDataset(store, options.instances, view.problem)
  const own = ownPredictions.find((name) => name === file)
  const predictions = own === undefined ? await readPredictionFile(file, view.problem) : predictionsOf(own, dataset)
  const missing = own === undefined ? 0 : dataset.ids.length - (predictions.get(own)?.size ?? 0)
  if (missing > 0) view.withoutEnvironment(missing, dataset.ids.length)
  if ([...predictions.values()].every((patches) => patches.size === 0)) {
    throw new UsageError(
      `${file}: holds no prediction to grade — one object a line, a list of them, or an object by instance id is wanted`,
    )
  }
  const engine = connectEngine()
  const machine = await prepareMachine(engine, options.cache)
  const slots = options.slots ?? defaultSlots(machine.facts)
  const runDir = resolve(options.out, 'logs/run_evaluation', options.runId)
  await mkdir(runDir, { recursive: true })
  const waiting = setTimeout(() => terminal.err(`waiting for another openswe that grades into ${runDir}\n`), 1_000)
  return await withLockFile(join(runDir, '.lock'), signal, async () => {
    clearTimeout(waiting)
    await using made = await openHost(engine, machine, slots, options, runDir)
    const { out, runId, tries } = options
    const grading = {
      host: made.host,
      slots,
      dataset,
      predictions,
      view,
      runsEmpty: own === 'empty',
      out,
      runId,
      tries,
    }
    return await gradeModels(grading, signal)
  }).finally(() => clearTimeout(waiting))
}

const buildTimeoutMs = 40 * 60_000

/** What an earlier life in the same folder left is removed first, and what this one makes at the end. */
async function openHost(engine: Engine, machine: Machine, slots: number, options: GradeOptions, runDir: string) {
  const runId = `grade-${sha256(runDir).slice(0, 16)}`
  const workDir = join(machine.workRoot, runId)
  const clean = async () => {
    await sweep(engine, { runId, kinds: ['eval', 'state', 'head'] })
    await rm(workDir, { recursive: true, force: true })
  }
  await clean()
  const usual = defaultLimits(machine.facts, slots)
  const host: GradeHost = {
    engine,
    mirror: { cacheDir: machine.cacheDir, template: options.repos },
    images: new EnvironmentImages({ workDir, buildTimeoutMs, checkoutDepth: 1 }),
    limits: {
      ...usual,
      cpus: options.cpus ?? usual.cpus,
      memoryBytes: options.memory ?? usual.memoryBytes,
      timeoutMs: options.timeout ?? usual.timeoutMs,
    },
    slots: new Semaphore(slots),
    runId,
  }
  return { host, [Symbol.asyncDispose]: clean }
}
