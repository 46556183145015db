import { Engine } from '../docker/engine.ts'
import type { NodeFacts } from '../domain/node-facts.ts'
import { Admission } from './admission.ts'
import { ImagesInUse } from './images-in-use.ts'
import { Janitor } from './janitor.ts'
import { Resources } from './resources.ts'
import type { Workers } from './workers.ts'

export interface WorkingEngineOptions {
  readonly socketPath: string
  readonly runId: string
  readonly slots: number
  /** Whose disk is watched beside the engine's. */
  readonly workFolder: string
  /** Images of accepted environments may go where the disk is short: they were pushed or saved. */
  readonly mayRemoveAccepted: boolean
  /** Told why nothing begins now, or null once something may. */
  readonly onWait: (waitingFor: string | null) => void
  readonly onProblem: (problem: string) => void
}

/**
 * The engine of a machine that works on attempts: nothing begins there while it is short of room, and what nobody needs
 * any more is removed before that.
 */
export class WorkingEngine implements AsyncDisposable {
  readonly engine: Engine
  readonly admission: Admission
  readonly #janitor: Janitor
  readonly #resources: Resources

  private constructor(engine: Engine, admission: Admission, janitor: Janitor, resources: Resources) {
    this.engine = engine
    this.admission = admission
    this.#janitor = janitor
    this.#resources = resources
  }

  static async start(options: WorkingEngineOptions, signal: AbortSignal): Promise<WorkingEngine> {
    const { socketPath, runId, slots, workFolder, mayRemoveAccepted, onWait, onProblem } = options
    const admission = new Admission({ slots, onChange: onWait })
    const engine = Engine.connect({ socketPath, admit: admission.admit })
    const inUse = new ImagesInUse()
    const janitor = new Janitor({ engine, runId, inUse, mayRemoveAccepted, nowMs: Date.now })
    const resources = await Resources.start({ engine, workFolder, admission, janitor, onProblem }, signal)
    return new WorkingEngine(engine, admission, janitor, resources)
  }

  get facts(): NodeFacts {
    return this.#resources.facts
  }

  /** The same workers, each of whose attempts keeps its images while it goes on, and says which may go after it. */
  watched(workers: Workers): Workers {
    return {
      ...workers,
      synthesis: async (task, ...rest) => {
        using _ = await this.#janitor.begin(task.instance.instance_id)
        const result = await workers.synthesis(task, ...rest)
        const accepted = result.verdict.kind === 'accepted' ? (result.environment?.imageId ?? null) : null
        this.#janitor.settle(task.instance.instance_id, accepted)
        return result
      },
      rollout: async (task, ...rest) => {
        using _ = await this.#janitor.begin(task.instance.instance_id)
        const grade = await workers.rollout(task, ...rest)
        // What was built for it alone can be built again.
        this.#janitor.settle(task.instance.instance_id, null)
        return grade
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources[Symbol.asyncDispose]()
  }
}
