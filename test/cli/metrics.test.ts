import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import dashboard from '../../src/control/metrics/grafana.json' with { type: 'json' }
import { serveMetrics } from '../../src/control/metrics/serve-metrics.ts'
import { openswe } from '../support/openswe.ts'
import { RunAsked } from '../support/run-asked.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'openswe-metrics-'))
})
afterEach(() => rmSync(cwd, { recursive: true }))

test('a run that goes on is read over HTTP, each time as it is then', async () => {
  await using run = await RunAsked.begin(join(cwd, 'a.db'))
  const read = async () => await (await fetch(run.metricsUrl)).text()
  const before = await read()
  expect(before).toContain('\nopenswe_attempts{state="running",outcome="",reason=""} 2\n')
  expect(before).toContain(`\nopenswe_node_slots_busy{node="${hostname()}"} 2\n`)
  expect(before).toContain('\nopenswe_queue_length 2\n')
  expect(before).not.toContain('\nopenswe_attempts_finished_total{')
  await run.settle('a__a-1', 'rejected')
  run.tell('a__a-2', 'disk-full')
  await run.out.until(/queued a__a-2\n/)
  const after = await read()
  expect(after).toContain('\nopenswe_attempts_finished_total{outcome="rejected",reason="tests-pass-without-fix"} 1\n')
  expect(after).toContain('\nopenswe_faults_total{kind="disk-full"} 1\n')
  expect(after).toContain('\nopenswe_stage_duration_seconds_sum{stage="build"} 3\n')
  expect(after).toContain('\nopenswe_stage_duration_seconds_count{stage="build"} 2\n')
})

test('nothing but GET /metrics is answered, and that only once there is a run', async () => {
  await using server = serveMetrics({ host: '127.0.0.1', port: 0 })
  expect((await fetch(server.url)).status).toBe(503)
  server.show(() => 'a 1\n')
  const found = await fetch(`${server.url}?x=1`)
  expect([found.status, found.headers.get('content-type'), await found.text()]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    'a 1\n',
  ])
  expect((await fetch(server.url, { method: 'POST' })).status).toBe(404)
  expect((await fetch(new URL('/', server.url))).status).toBe(404)
  server.show(() => {
    throw new Error('no such table')
  })
  expect((await fetch(server.url)).status).toBe(500)
})

test('an address that is taken or not of this machine is told before the run begins', async () => {
  await using server = serveMetrics({ host: '127.0.0.1', port: 0 })
  const { port } = new URL(server.url)
  const [taken, foreign, wrong] = await Promise.all([
    openswe(['run', 'absent.jsonl', '--metrics', port], { cwd }),
    openswe(['run', 'absent.jsonl', '--metrics', '192.0.2.1:9464'], { cwd }),
    openswe(['rollout', '--model', 'm', '--metrics', '99999'], { cwd }),
  ])
  expect([taken.exitCode, taken.stderr]).toEqual([
    5,
    `openswe: --metrics: something listens on 127.0.0.1:${port} already — name another port\n`,
  ])
  expect([foreign.exitCode, foreign.stderr]).toEqual([
    5,
    'openswe: --metrics: cannot listen on 192.0.2.1:9464 (EADDRNOTAVAIL) — name an address of this machine and a port that is free\n',
  ])
  expect([wrong.exitCode, wrong.stderr]).toEqual([
    2,
    'openswe: --metrics: a port such as 9464, or HOST:PORT, is wanted, not "99999"\n',
  ])
})

test('the dashboard is printed as it is', async () => {
  const { exitCode, stdout } = await openswe(['metrics', 'dashboard'], { cwd })
  expect(JSON.parse(stdout)).toEqual(dashboard)
  expect(exitCode).toBe(0)
})
