import { basename } from 'node:path'
import { instanceIdRule, isInstanceId } from '../domain/instance-id.ts'
import type { Rollout } from '../domain/rollout.ts'
import { byteLines } from '../util/byte-lines.ts'
import { openInput, UnreadableInput } from './open-input.ts'
import type { InputProblem, RowProblem } from './problem.ts'
import { readRow } from './row-json.ts'
import { ForeignTrouble } from './trajectories-fields.ts'
import type { ForeignRollout } from './trajectories-foreign.ts'
import { buildTrajectory } from './trajectories-messages.ts'
import { readMiniSweAgent } from './trajectories-mini-swe-agent.ts'
import { readOpenHands } from './trajectories-openhands.ts'
import { readSweAgent } from './trajectories-swe-agent.ts'

export type TrajectoryRow =
  | { readonly kind: 'rollout'; readonly line: number; readonly rollout: Rollout }
  | ({ readonly kind: 'problem' } & InputProblem)

const mebibyte = 1024 * 1024
const limitBytes = 256 * mebibyte

/**
 * The rollouts of a file that another scaffold wrote, plain or packed: SWE-agent's `.traj` and mini-swe-agent's
 * `.traj.json` hold one, OpenHands' `output.jsonl` one a line. A bad one is a problem, and those after it are still
 * read; a warning about a rollout follows the one that it leaves in.
 */
export async function* readTrajectories(path: string): AsyncGenerator<TrajectoryRow> {
  const opened = await openInput(path)
  if (opened.kind === 'refused')
    return yield problem({ code: opened.code, message: opened.message, severity: 'error' }, 0)
  const isOne = /\.(?:traj|json)(?:\.gz|\.zst)?$/.test(path)
  const id = basename(path)
    .replace(/\.(?:gz|zst)$/, '')
    .replace(/\.json$/, '')
    .replace(/\.traj$/, '')
  let rows = 0
  try {
    for await (const { number, bytes } of isOne ? wholeOf(opened.chunks) : linesOf(opened.chunks)) {
      for (const row of bytes === null ? [tooLong(number)] : readRollout(bytes, number, id)) {
        rows += 1
        yield row
      }
    }
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error
    return yield problem(
      { code: 'E_FORMAT', message: `${error.message} — fetch or pack the file again`, severity: 'error' },
      0,
    )
  }
  if (rows === 0) yield problem({ code: 'E_EMPTY', message: 'holds no trajectory', severity: 'error' }, 0)
}

interface Piece {
  readonly number: number
  /** Null where it is longer than the limit. */
  readonly bytes: Uint8Array | null
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  for await (const line of byteLines(chunks, limitBytes)) {
    yield { number: line.number, bytes: line.kind === 'line' ? line.bytes : null }
  }
}

async function* wholeOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.byteLength
    if (bytes > limitBytes) return yield { number: 0, bytes: null }
    parts.push(chunk)
  }
  yield { number: 0, bytes: Buffer.concat(parts) }
}

function tooLong(line: number): TrajectoryRow {
  const message = `is longer than ${limitBytes / mebibyte} MiB — leave the trajectory out`
  return problem({ severity: 'error', code: 'E_LINE_LONG', message }, line)
}

function* readRollout(bytes: Uint8Array, line: number, fileId: string): Generator<TrajectoryRow> {
  const json = readRow(bytes)
  if (json.kind === 'blank') return
  if (json.kind === 'problem') {
    return yield problem({ severity: 'error', code: json.code, message: json.message }, line)
  }
  const read = foreignOf(json.row)
  if (read.kind === 'trouble') return yield problem(read.problem, line)
  const { foreign } = read
  const instance_id = foreign.instance_id ?? fileId
  if (!isInstanceId(instance_id)) {
    const message = `the instance_id is ${JSON.stringify(instance_id).slice(0, 80)} — it must ${instanceIdRule}`
    return yield problem({ severity: 'error', code: 'E_TASK_ID', message }, line)
  }
  const built = buildTrajectory(foreign.messages, foreign.tools, foreign.place)
  if (built.kind === 'built')
    yield { kind: 'rollout', line, rollout: rolloutOf(foreign, instance_id, built.trajectory) }
  for (const one of [...built.problems, ...foreign.warnings]) yield problem(one, line, instance_id)
}

function rolloutOf(foreign: ForeignRollout, instance_id: string, trajectory: Rollout['trajectory']): Rollout {
  const { model, model_patch, ending, usage, costUsd, number = 1 } = foreign
  return {
    instance_id,
    number,
    scaffold: 'imported',
    model: model.toWellFormed(),
    trajectory,
    model_patch: model_patch.toWellFormed(),
    ending,
    usage,
    costUsd,
    durationMs: 0,
  }
}

type ReadForeign =
  | { readonly kind: 'foreign'; readonly foreign: ForeignRollout }
  | { readonly kind: 'trouble'; readonly problem: RowProblem }

/** Each scaffold's file is known by the fields that only it has. */
function foreignOf(row: Readonly<Record<string, unknown>>): ReadForeign {
  try {
    if ('test_result' in row || 'instance' in row) return { kind: 'foreign', foreign: readOpenHands(row) }
    if ('history' in row) return { kind: 'foreign', foreign: readSweAgent(row) }
    if ('messages' in row && 'info' in row) return { kind: 'foreign', foreign: readMiniSweAgent(row) }
  } catch (error) {
    if (!(error instanceof ForeignTrouble)) throw error
    return { kind: 'trouble', problem: { severity: 'error', code: error.code, message: error.message } }
  }
  const message = 'is no trajectory of SWE-agent, mini-swe-agent or OpenHands — "history" or "messages" is wanted'
  return { kind: 'trouble', problem: { severity: 'error', code: 'E_TRAJ_FORMAT', message } }
}

function problem(one: RowProblem, line: number, instance_id?: string): TrajectoryRow {
  return { kind: 'problem', line, ...one, ...(instance_id === undefined ? {} : { instance_id }) }
}
