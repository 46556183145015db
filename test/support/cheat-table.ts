import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Instance } from '../../src/domain/instance.ts'
import type { SynthesisResult } from '../../src/domain/synthesis-event.ts'
import type { RejectionReason } from '../../src/domain/verdict.ts'
import { Semaphore } from '../../src/util/semaphore.ts'
import { CheatBench, type CheatEnvironment } from './cheat-attempt.ts'
import { type CheatProjectOptions, createCheatProject } from './cheat-project.ts'

/** What is handed in, made when it is needed, and perhaps a project that is dishonest itself. */
export interface Cheat {
  readonly title: string
  readonly reason: RejectionReason
  readonly environment?: () => CheatEnvironment
  readonly project?: CheatProjectOptions
  /** What is dishonest about the row itself. */
  readonly instance?: (instance: Instance) => Instance
}

export interface CheatTable {
  readonly bench: () => CheatBench
  /** One attempt at the honest project, when there is room for it. */
  attempt(environment: CheatEnvironment): Promise<SynthesisResult>
  /** One test a cheat: the whole attempt ends with its named reason. */
  rejects(cheats: readonly Cheat[]): void
}

const limitMs = 600_000
const atOnce = 3

/** Opens a bench for the tests of a file and cleans up behind them. */
export function cheatTable(): CheatTable {
  const places = new Semaphore(atOnce)
  let opened: CheatBench | undefined
  const bench = () => {
    if (opened === undefined) throw new Error('the bench is opened before the first test')
    return opened
  }
  beforeAll(async () => {
    opened = await CheatBench.open()
  }, limitMs)
  afterAll(() => bench()[Symbol.asyncDispose](), limitMs)
  const attempt = async (cheat: Cheat) => {
    const environment = cheat.environment?.() ?? {}
    const change = cheat.instance ?? ((instance) => instance)
    const own = bench().project
    if (cheat.project === undefined) return bench().attempt(environment, { ...own, instance: change(own.instance) })
    await using project = await createCheatProject(cheat.project)
    return await bench().attempt(environment, { ...project, instance: change(project.instance) })
  }
  return {
    bench,
    attempt: (environment) => places.with(() => bench().attempt(environment)),
    rejects(cheats) {
      for (const cheat of cheats) {
        const { title, reason } = cheat
        const check = async () => {
          expect((await attempt(cheat)).verdict).toMatchObject({ kind: 'rejected', reason })
        }
        test.concurrent(`${title}: ${reason}`, () => places.with(check), limitMs)
      }
    },
  }
}
