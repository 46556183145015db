import type { Prediction } from '../../domain/prediction.ts'
import { readInstances } from '../../input/instance-file.ts'
import { readPredictions } from '../../input/predictions.ts'
import type { InputProblem } from '../../input/problem.ts'
import { acceptedDataset, type GradeDataset, officialDataset } from '../../rollout/grade-dataset.ts'
import type { Store } from '../../store/store.ts'

/** Told of each problem with the name of the file that has it. */
export type OnProblem = (file: string, problem: InputProblem) => void

/** Predictions by model and instance id, in the order of the file. */
export type Predictions = ReadonlyMap<string, ReadonlyMap<string, string>>

/** Patches that no file needs to hold: those of the instances themselves, and none. */
export const ownPredictions = ['gold', 'empty'] as const

/** The instances to grade for: those accepted, or with a file its rows, by their own lists of tests. */
export async function readDataset(store: Store, file: string | undefined, onProblem: OnProblem): Promise<GradeDataset> {
  if (file === undefined) return acceptedDataset(store)
  const instances = async function* () {
    for await (const row of readInstances(file)) {
      if (row.kind === 'instance') yield row.instance
      else onProblem(file, row)
    }
  }
  return await officialDataset(store, instances())
}

/** One patch for each instance that can be graded. */
export function predictionsOf(which: (typeof ownPredictions)[number], dataset: GradeDataset): Predictions {
  const patches = dataset.ids.flatMap((id) => {
    const opened = dataset.open(id)
    return opened.kind === 'ready' ? [[id, which === 'gold' ? opened.instance.patch : ''] as const] : []
  })
  return new Map([[which, new Map(patches)]])
}

/** Reads a file of predictions. Of two for one instance by one model the last counts, as in SWE-bench's harness. */
export async function readPredictionFile(file: string, onProblem: OnProblem): Promise<Predictions> {
  const models = new Map<string, Map<string, string>>()
  for await (const row of readPredictions(file)) {
    if (row.kind === 'problem') onProblem(file, row)
    else
      take(models, row.prediction, (message) => {
        const { instance_id } = row.prediction
        onProblem(file, { severity: 'warning', line: row.line, instance_id, code: 'E_PREDICTION_DUP', message })
      })
  }
  return models
}

function take(
  models: Map<string, Map<string, string>>,
  { model_name_or_path: model, instance_id: id, model_patch }: Prediction,
  warn: (message: string) => void,
): void {
  const patches = models.get(model) ?? new Map<string, string>()
  models.set(model, patches)
  if (patches.has(id)) {
    const same = patches.get(id) === model_patch ? 'with the same patch' : 'and this one is used'
    warn(`"${id}" by ${model} is there already, ${same} — remove one`)
  }
  patches.set(id, model_patch)
}
