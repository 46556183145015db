import { expect, test } from 'bun:test'
import dashboard from '../../../src/control/metrics/grafana.json' with { type: 'json' }
import { RunCounters } from '../../../src/control/metrics/run-counters.ts'
import { metricNames, type RunReading, runMetrics } from '../../../src/control/metrics/run-metrics.ts'
import type { NodeView } from '../../../src/control/node-view.ts'
import { protocolVersion } from '../../../src/domain/message.ts'
import { prometheusText } from '../../../src/util/prometheus-text.ts'

const n1: NodeView = {
  node: 'n1',
  state: 'up',
  trouble: null,
  slots: 8,
  running: 5,
  waiting: 2,
  facts: {
    cpus: 16,
    load: 7.25,
    memoryBytes: 64 * 2 ** 30,
    freeMemoryBytes: 16 * 2 ** 30,
    diskBytes: 1000,
    freeDiskBytes: 250,
    freeInodeShare: 0.5,
    engine: 'hung',
    waitingFor: 'Docker does not answer',
  },
  heardAtMs: 90_000,
  settled: 10,
  accepted: 7,
  faulted: 3,
  stolen: 1,
}

/** A node that was never heard of. */
const n2: NodeView = { ...n1, node: 'n2', state: 'starting', slots: 0, running: 0, facts: null, heardAtMs: null }

const lease = { node: 'n1', generation: 1, grantedAtMs: 0 }
const running = {
  state: 'running',
  generation: 1,
  lease,
  twin: null,
  iteration: 1,
  stage: 'build',
  stageSinceMs: 0,
} as const

function someCounters(): RunCounters {
  const counters = new RunCounters()
  const origin = {
    version: protocolVersion,
    node: 'n1',
    boot: 'b',
    sequence: 1,
    atMs: 0,
    attempt: 1,
    generation: 1,
  } as const
  for (const durationMs of [1500, 500]) {
    counters.kept({ ...origin, type: 'stage', stage: 'build', iteration: 1, state: 'finished', durationMs })
  }
  counters.kept({ ...origin, type: 'stage', stage: 'evaluate', iteration: 1, state: 'started' })
  const fault = { kind: 'disk-full', message: 'full', node: 'n1', atMs: 0 } as const
  const before = { ...running, faults: [] }
  counters.moved(before, { state: 'queued', generation: 1, notBeforeMs: 0, faults: [fault] })
  counters.moved(before, { state: 'faulted', generation: 1, faults: [fault] })
  const verdict = { kind: 'rejected', reason: 'tests-pass-without-fix', explanation: '' } as const
  const settled = { state: 'settled', generation: 1, verdict, settledAtMs: 0, faults: [] } as const
  counters.moved(before, settled)
  counters.moved(settled, settled)
  counters.moved({ state: 'faulted', generation: 1, faults: [fault] }, { ...before, state: 'leased' })
  const usage = { input: 100, output: 20, cacheWrite: 5, cacheRead: 80 }
  const spent = { model: 'm', usage, costUsd: 0.25, tries: 1 }
  counters.answered('solve', { kind: 'answered', ...spent, content: [], stop: 'end' })
  counters.answered('solve', { kind: 'faulted', ...spent, fault: { kind: 'model-unreachable', message: '' } })
  return counters
}

const reading: RunReading = {
  runId: 'r1',
  kind: 'rollout',
  startedAtMs: 5_500,
  counts: [
    { state: 'settled', outcome: 'rejected', reason: 'tests-pass-without-fix', count: 4, recent: 4 },
    { state: 'faulted', outcome: null, reason: 'disk-full', count: 1, recent: 0 },
    { state: 'queued', outcome: null, reason: null, count: 30, recent: 0 },
  ],
  held: (['build', 'build', null] as const).map((stage) => ({
    instance_id: 'a',
    number: 0,
    node: 'n1',
    granted_at_ms: 0,
    iteration: 1,
    stage,
    stage_since_ms: 0,
  })),
  spentUsd: 1.5,
  isPaused: true,
  waiting: 28,
  nodes: [n1, n2],
  counters: someCounters(),
  process: { startedAtMs: 2_000, cpuSeconds: 1.25, residentBytes: 1024 },
  nowMs: 100_500,
}

function samplesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('a run is measured whole: attempts, faults, stages, model calls, nodes and the process itself', () => {
  const samples = samplesOf(prometheusText(runMetrics(reading)))
  expect(samples.filter((line) => !/^openswe_(build_info|node_state)/.test(line))).toEqual([
    'openswe_run_info{run_id="r1",kind="rollout"} 1',
    'openswe_run_start_time_seconds 5.5',
    'openswe_run_paused 1',
    'openswe_run_spent_dollars 1.5',
    'openswe_attempts{state="settled",outcome="rejected",reason="tests-pass-without-fix"} 4',
    'openswe_attempts{state="faulted",outcome="faulted",reason="disk-full"} 1',
    'openswe_attempts{state="queued",outcome="",reason=""} 30',
    'openswe_attempts_held{stage="build"} 2',
    'openswe_attempts_held{stage="leased"} 1',
    'openswe_queue_length 28',
    'openswe_events_total{type="stage"} 3',
    'openswe_attempts_finished_total{outcome="faulted",reason="disk-full"} 1',
    'openswe_attempts_finished_total{outcome="rejected",reason="tests-pass-without-fix"} 1',
    'openswe_faults_total{kind="disk-full"} 2',
    'openswe_stage_duration_seconds_sum{stage="build"} 2',
    'openswe_stage_duration_seconds_count{stage="build"} 2',
    'openswe_model_calls_total{model="m",role="solve",outcome="answered"} 1',
    'openswe_model_calls_total{model="m",role="solve",outcome="faulted"} 1',
    'openswe_model_tokens_total{model="m",role="solve",type="input"} 200',
    'openswe_model_tokens_total{model="m",role="solve",type="output"} 40',
    'openswe_model_tokens_total{model="m",role="solve",type="cache_write"} 10',
    'openswe_model_tokens_total{model="m",role="solve",type="cache_read"} 160',
    'openswe_model_cost_dollars_total{model="m",role="solve"} 0.5',
    'openswe_node_heartbeat_age_seconds{node="n1"} 10.5',
    'openswe_node_slots{node="n1"} 8',
    'openswe_node_slots{node="n2"} 0',
    'openswe_node_slots_busy{node="n1"} 5',
    'openswe_node_slots_busy{node="n2"} 0',
    'openswe_node_attempts_waiting{node="n1"} 2',
    'openswe_node_attempts_waiting{node="n2"} 2',
    'openswe_node_attempts_settled_total{node="n1"} 10',
    'openswe_node_attempts_settled_total{node="n2"} 10',
    'openswe_node_attempts_accepted_total{node="n1"} 7',
    'openswe_node_attempts_accepted_total{node="n2"} 7',
    'openswe_node_faults_total{node="n1"} 3',
    'openswe_node_faults_total{node="n2"} 3',
    'openswe_node_attempts_stolen_total{node="n1"} 1',
    'openswe_node_attempts_stolen_total{node="n2"} 1',
    'openswe_node_cpus{node="n1"} 16',
    'openswe_node_load{node="n1"} 7.25',
    'openswe_node_memory_bytes{node="n1"} 68719476736',
    'openswe_node_memory_free_bytes{node="n1"} 17179869184',
    'openswe_node_disk_bytes{node="n1"} 1000',
    'openswe_node_disk_free_bytes{node="n1"} 250',
    'openswe_node_inodes_free_ratio{node="n1"} 0.5',
    'openswe_node_engine_up{node="n1"} 0',
    'openswe_node_short{node="n1"} 1',
    'process_start_time_seconds 2',
    'process_cpu_seconds_total 1.25',
    'process_resident_memory_bytes 1024',
  ])
  expect(samples.filter((line) => /^openswe_node_state.* 1$/.test(line))).toEqual([
    'openswe_node_state{node="n1",state="up"} 1',
    'openswe_node_state{node="n2",state="starting"} 1',
  ])
})

test('names follow the conventions: counters alone end in _total, and units are base units', () => {
  for (const { name, type, help } of runMetrics(reading)) {
    expect(name).toMatch(/^(openswe|process)(_[a-z]+)+$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    expect(name).not.toMatch(/_(ms|milliseconds|mb|gb|percent|usd)(_|$)/)
    expect(help).toEndWith('.')
  }
})

test('every expression of the dashboard is of metrics that there are, and every metric is in it', () => {
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  const used = new Set(expressions.flatMap((expr) => expr.match(/\b(?:openswe|process)_\w+/g) ?? []))
  const names = metricNames()
  expect([...used].filter((name) => !names.has(name))).toEqual([])
  const left = [...names].filter((name) => !used.has(name))
  expect(left.filter((name) => !/_(info|start_time_seconds)$/.test(name))).toEqual([])
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
})
