import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Attendance, ScreenActions, ScreenSource } from '../../tui/source.ts'
import { readRun } from '../control/snapshot-reader.ts'
import { getAttemptLine } from '../store/attempt-lines.ts'
import { getIterations } from '../store/iterations.ts'
import type { RunRow } from '../store/runs.ts'
import type { Store } from '../store/store.ts'
import { documentOf, logOf } from './attempt-documents.ts'
import { askControl, askTail, type ControlAnswer, type SteeringRequest } from './control-client.ts'

/** What a screen reads of a run, through a store of its own. */
export function screenSource(store: Store, run: RunRow, nowMs: () => number): ScreenSource {
  return {
    ...readRun(store, run, nowMs),
    document: (attemptId, kind) => documentOf(store, attemptId, kind),
  }
}

/** How often it is asked whether somebody else paused the run, or left it. */
const askEveryMs = 5_000

/**
 * What a screen can do to the run over a database: it asks the process that runs it, as any other terminal would. Asks now
 * and then how the run stands, until disposed of.
 */
export function screenActions(store: Store, leave: ScreenActions['leave']): ScreenActions & Disposable {
  let attendance: Attendance = 'attended'
  const ask = async (request: SteeringRequest, words: string) => {
    const answer = await askControl(store.path, request)
    if (answer.kind === 'done') attendance = answer.isPaused ? 'paused' : 'attended'
    if (answer.kind === 'absent') attendance = 'unattended'
    return answer.kind === 'done' ? words : refusalOf(answer)
  }
  // Of a run that is at its end nothing more is to be learnt.
  const look = () => ask({ command: 'look' }, '').catch(() => undefined)
  void look()
  const timer = setInterval(look, askEveryMs)
  return {
    pause: (wanted) =>
      wanted
        ? ask({ command: 'pause' }, 'paused: what runs is finished, nothing new begins; p resumes')
        : ask({ command: 'resume' }, 'resumed'),
    drain: (node) =>
      ask(
        { command: 'drain', nodes: [node], isUndone: false },
        `${node} drains; \`openswe drain ${node} --undo\` takes it back`,
      ),
    retry: (instance_id) => ask({ command: 'retry', instance_id }, `${instance_id} waits again`),
    tail: (attemptId) => askTail(store.path, attemptId).catch(() => null),
    saveLog: (attemptId) => saveLog(store, attemptId),
    attendance: () => attendance,
    leave,
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

function refusalOf(answer: Exclude<ControlAnswer, { kind: 'done' }>): string {
  return answer.kind === 'unknown-node' ? `no node of the run is named ${answer.node}` : answer.explanation
}

async function saveLog(store: Store, attemptId: number): Promise<string> {
  const line = getAttemptLine(store, attemptId)
  const parts = getIterations(store, attemptId).map(logOf)
  const transcript = documentOf(store, attemptId, 'transcript')
  const text = [...parts, ...(transcript === null ? [] : [transcript])].join('')
  if (line === undefined || text === '') return 'there is no log of it yet'
  const path = resolve(`${fileName(line.instance_id)}${line.number === 0 ? '' : `-${line.number}`}.log`)
  await writeFile(path, text)
  return `written: ${path}`
}

/** An id is from outside: no path, no hidden file, no longer than a file system takes. */
function fileName(id: string): string {
  return `openswe-${id.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 200)}`
}
