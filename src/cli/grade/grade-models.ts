import { defaultFaultPolicy } from '../../domain/attempt.ts'
import { gradeAll } from '../../rollout/grade-all.ts'
import type { GradeDataset } from '../../rollout/grade-dataset.ts'
import { openGradeFolder } from '../../rollout/grade-folder.ts'
import { gradePatch } from '../../rollout/grade-patch.ts'
import type { GradeHost } from '../../rollout/grade-subject.ts'
import { type Standing, sweBenchReport } from '../../rollout/swe-bench-report.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Predictions } from './predictions.ts'
import type { FinishedModel, GradeView } from './view.ts'

export interface Grading {
  readonly host: GradeHost
  readonly slots: number
  readonly dataset: GradeDataset
  readonly predictions: Predictions
  readonly view: GradeView
  readonly out: string
  readonly runId: string
  readonly tries: number
  readonly runsEmpty: boolean
}

interface Job {
  readonly model: string
  readonly instance_id: string
  readonly model_patch: string
}

/** Grades all predictions that can be, and writes a report for each model. Returns the exit code. */
export async function gradeModels(grading: Grading, signal: AbortSignal): Promise<number> {
  const { host, dataset, predictions, view, runsEmpty } = grading
  const folder = openGradeFolder(grading.out, grading.runId, host.limits)
  const standings = new Map([...predictions.keys()].map((model) => [model, new Map<string, Standing>()]))
  const settle = ({ model, instance_id }: Job, standing: Standing) => standings.get(model)?.set(instance_id, standing)
  const jobs = sortOut(grading, settle)
  view.begun(jobs.length, grading.slots)
  await gradeAll(jobs, {
    atOnce: 2 * grading.slots,
    policy: { ...defaultFaultPolicy, maxFaults: grading.tries },
    signal,
    grade: async (job, jobSignal) => {
      const opened = dataset.open(job.instance_id)
      if (opened.kind !== 'ready') throw new Error(`${job.instance_id} ${opened.why}`)
      const { instance, environment, truth } = opened
      const task = { instance, environment, truth, model_patch: job.model_patch, runsEmpty }
      const kept = await folder.recall(job.model, task)
      if (kept !== null) return { summary: kept, isRecalled: true }
      const graded = await gradePatch(host, task, jobSignal)
      return { summary: await folder.keep(job.model, task, graded), isRecalled: false }
    },
    onResult: (job, result) => {
      settle(job, result.kind === 'faulted' ? 'error' : result.graded.summary.outcome.kind)
      if (result.kind === 'faulted') view.faulted(job, result.fault)
      else view.graded(job, result.graded.summary, result.graded.isRecalled)
    },
  })
  const finished: FinishedModel[] = []
  for (const [model, ofModel] of standings) {
    const report = sweBenchReport({ dataset: dataset.ids, standings: ofModel })
    finished.push({ model, report, file: await folder.writeReport(model, report) })
  }
  view.finished(finished)
  return exitCodeOf(finished)
}

/** What is to be graded; what is not is told at once. */
function sortOut(
  { dataset, predictions, view, runsEmpty }: Grading,
  settle: (job: Job, standing: Standing) => void,
): Job[] {
  const told = new Set<string>()
  return [...predictions].flatMap(([model, patches]) =>
    [...patches].flatMap(([instance_id, model_patch]) => {
      const job = { model, instance_id, model_patch }
      const opened = dataset.open(instance_id)
      if (opened.kind === 'not-graded') {
        settle(job, 'not-graded')
        view.notGraded(job, 'not-graded', opened.why)
        return []
      }
      if (opened.unmeasured.length > 0 && !told.has(instance_id)) view.unmeasured(instance_id, opened.unmeasured)
      told.add(instance_id)
      if (model_patch.trim() !== '' || runsEmpty) return [job]
      settle(job, 'empty')
      view.notGraded(job, 'empty', 'has an empty patch')
      return []
    }),
  )
}

function exitCodeOf(finished: readonly FinishedModel[]): number {
  if (finished.some(({ report }) => report.error_instances > 0)) return exitCodes.unresolved
  const isNothingGraded = finished.every(({ report }) => report.not_graded_ids.length === report.submitted_instances)
  return isNothingGraded ? exitCodes.usage : exitCodes.success
}
