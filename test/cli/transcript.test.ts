import { expect, test } from 'bun:test'
import { transcriptOf } from '../../src/cli/transcript.ts'
import { getAttemptLine } from '../../src/store/attempt-lines.ts'
import { insertAttempt } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { openCall } from '../../src/store/model-calls.ts'
import { insertRun } from '../../src/store/runs.ts'
import { screenDatabase } from '../support/run-screen.ts'
import { anInstance, someSettings } from '../support/run-values.ts'

test('a call that goes on says what was asked and what it may cost, and counts as nothing spent yet', async () => {
  await using database = await screenDatabase((store) => {
    insertRun(store, { runId: 'r1', startedAtMs: 0, version: '0', author: 'model', settings: someSettings })
    putInstance(store, anInstance('a__a-1'), 'row')
    insertAttempt(store, { instance_id: 'a__a-1', row_digest: 'row', run_id: 'r1', author: 'model' })
    const request = {
      session: '1/explore',
      role: 'explore',
      system: ['Explore.'],
      tools: [],
      toolChoice: 'auto',
      maxTokens: 9,
    } as const
    openCall(store, {
      call: 'c1',
      attemptId: 1,
      runId: 'r1',
      generation: 1,
      model: 'dear-1',
      request: { ...request, messages: [{ role: 'user', content: [{ type: 'text', text: 'Begin.' }] }] },
      reservedUsd: 0.25,
      startedAtMs: 0,
    })
  })
  expect([...transcriptOf(database.reader, 1)].join('')).toEndWith(
    '--- user\nBegin.\n--- explore is asked · at most $0.25\n',
  )
  expect(getAttemptLine(database.reader, 1)?.cost_usd).toBe(0)
})
