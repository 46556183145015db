import packageFile from '../../../package.json' with { type: 'json' }
import type { NodeFacts } from '../../domain/node-facts.ts'
import type { HeldAttempt, StateCount } from '../../store/counts.ts'
import type { MetricFamily, MetricSample } from '../../util/prometheus-text.ts'
import type { NodeState, NodeView } from '../node-view.ts'
import { RunCounters } from './run-counters.ts'

/** All that metrics of a run are made of, as of one moment. */
export interface RunReading {
  readonly runId: string
  readonly kind: 'synthesis' | 'rollout'
  readonly startedAtMs: number
  readonly counts: readonly StateCount[]
  readonly held: readonly HeldAttempt[]
  /** Null where the run asks no model. */
  readonly spentUsd: number | null
  readonly isPaused: boolean
  readonly waiting: number
  readonly nodes: readonly NodeView[]
  readonly counters: RunCounters
  readonly process: { readonly startedAtMs: number; readonly cpuSeconds: number; readonly residentBytes: number }
  readonly nowMs: number
}

/** Every metric that `--metrics` serves. No label has a value for each instance: there are too many of them. */
export function runMetrics(reading: RunReading): readonly MetricFamily[] {
  return [...ofRun(reading), ...ofCounters(reading.counters), ...ofNodes(reading), ...ofProcess(reading)]
}

/** The names of all samples that there may be. */
export function metricNames(): ReadonlySet<string> {
  const families = runMetrics(emptyReading)
  return new Set(families.flatMap(({ name, type }) => (type === 'summary' ? [`${name}_sum`, `${name}_count`] : [name])))
}

function ofRun(reading: RunReading): MetricFamily[] {
  const { runId, kind, startedAtMs, counts, held, spentUsd, isPaused, waiting } = reading
  const stages = Map.groupBy(held, ({ stage }) => stage ?? 'leased')
  return [
    gauge('openswe_build_info', 'Always 1; its label says which openswe this is.', [
      { labels: { version: packageFile.version }, value: 1 },
    ]),
    gauge('openswe_run_info', 'Always 1; its labels say which run this is.', [
      { labels: { run_id: runId, kind }, value: 1 },
    ]),
    gauge('openswe_run_start_time_seconds', 'When the run began, in Unix time.', [{ value: startedAtMs / 1000 }]),
    gauge('openswe_run_paused', 'Whether nothing new begins until the run is resumed.', [{ value: Number(isPaused) }]),
    gauge(
      'openswe_run_spent_dollars',
      'What the model calls of the run cost, earlier processes of it included.',
      spentUsd === null ? [] : [{ value: spentUsd }],
    ),
    gauge(
      'openswe_attempts',
      'Attempts of the run by their state; of those that ended, by outcome and reason.',
      counts.map(({ state, outcome, reason, count }) => ({
        labels: { state, outcome: outcome ?? (isOver(state) ? state : ''), reason: reason ?? '' },
        value: count,
      })),
    ),
    gauge(
      'openswe_attempts_held',
      'Attempts that nodes hold, by the stage they are in.',
      [...stages].map(([stage, of]) => ({ labels: { stage }, value: of.length })),
    ),
    gauge('openswe_queue_length', 'Attempts that wait for a node.', [{ value: waiting }]),
  ]
}

/** Without a verdict. */
function isOver(state: StateCount['state']): boolean {
  return state === 'faulted' || state === 'spared'
}

function ofCounters(counters: RunCounters): MetricFamily[] {
  return [
    counter('openswe_events_total', 'Events of nodes that were applied, by type.', counters.events.entries),
    counter(
      'openswe_attempts_finished_total',
      'Attempts that ended, by outcome and reason.',
      counters.finished.entries,
    ),
    counter('openswe_faults_total', 'Faults that attempts met, by kind.', counters.faults.entries),
    {
      name: 'openswe_stage_duration_seconds',
      type: 'summary',
      help: 'What finished stages of attempts took, by stage.',
      samples: [
        ...counters.stageSeconds.entries.map((entry) => ({ part: 'sum' as const, ...entry })),
        ...counters.stages.entries.map((entry) => ({ part: 'count' as const, ...entry })),
      ],
    },
    counter(
      'openswe_model_calls_total',
      'Model calls that were made, by model, role and outcome.',
      counters.modelCalls.entries,
    ),
    counter('openswe_model_tokens_total', 'Tokens of model calls, by model, role and type.', counters.tokens.entries),
    counter('openswe_model_cost_dollars_total', 'What model calls cost, by model and role.', counters.dollars.entries),
  ]
}

const nodeStates: readonly NodeState[] = ['starting', 'up', 'draining', 'silent', 'lost', 'aside', 'stopped']

function ofNodes({ nodes, nowMs }: RunReading): MetricFamily[] {
  const of = (value: (node: NodeView) => number | null) => samplesOf(nodes, value)
  const ofFacts = (value: (facts: NodeFacts) => number) => of(({ facts }) => facts && value(facts))
  return [
    gauge(
      'openswe_node_state',
      'Whether the node is in this state.',
      nodes.flatMap(({ node, state }) =>
        nodeStates.map((one) => ({ labels: { node, state: one }, value: Number(one === state) })),
      ),
    ),
    gauge(
      'openswe_node_heartbeat_age_seconds',
      'How long ago the node was last heard of.',
      of(({ heardAtMs }) => (heardAtMs === null ? null : Math.max(0, nowMs - heardAtMs) / 1000)),
    ),
    gauge(
      'openswe_node_slots',
      'Attempts that the node may run at a time.',
      of(({ slots }) => slots),
    ),
    gauge(
      'openswe_node_slots_busy',
      'Attempts that run on the node.',
      of(({ running }) => running),
    ),
    gauge(
      'openswe_node_attempts_waiting',
      'Attempts that the node holds and has not begun.',
      of(({ waiting }) => waiting),
    ),
    counter(
      'openswe_node_attempts_settled_total',
      'Verdicts and grades that came from the node.',
      of(({ settled }) => settled),
    ),
    counter(
      'openswe_node_attempts_accepted_total',
      'Of those, accepted environments and resolved rollouts.',
      of(({ accepted }) => accepted),
    ),
    counter(
      'openswe_node_faults_total',
      'Faults that the node told of.',
      of(({ faulted }) => faulted),
    ),
    counter(
      'openswe_node_attempts_stolen_total',
      'Attempts that were taken from the node before it began them.',
      of(({ stolen }) => stolen),
    ),
    gauge(
      'openswe_node_cpus',
      'CPUs of the node.',
      ofFacts(({ cpus }) => cpus),
    ),
    gauge(
      'openswe_node_load',
      'Processes that want a CPU of the node, over the last minute.',
      ofFacts(({ load }) => load),
    ),
    gauge(
      'openswe_node_memory_bytes',
      'Memory of the node.',
      ofFacts(({ memoryBytes }) => memoryBytes),
    ),
    gauge(
      'openswe_node_memory_free_bytes',
      'Memory of the node that can be had.',
      ofFacts(({ freeMemoryBytes }) => freeMemoryBytes),
    ),
    gauge(
      'openswe_node_disk_bytes',
      "The disk with the node's images.",
      ofFacts(({ diskBytes }) => diskBytes),
    ),
    gauge(
      'openswe_node_disk_free_bytes',
      'What is free of that disk.',
      ofFacts(({ freeDiskBytes }) => freeDiskBytes),
    ),
    gauge(
      'openswe_node_inodes_free_ratio',
      'What is free of the inodes of that disk.',
      ofFacts(({ freeInodeShare }) => freeInodeShare),
    ),
    gauge(
      'openswe_node_engine_up',
      'Whether Docker answers on the node.',
      ofFacts(({ engine }) => Number(engine === 'ok')),
    ),
    gauge(
      'openswe_node_short',
      'Whether the node begins nothing for want of memory, disk or Docker.',
      ofFacts(({ waitingFor }) => Number(waitingFor !== null)),
    ),
  ]
}

function ofProcess({ process }: RunReading): MetricFamily[] {
  return [
    gauge('process_start_time_seconds', 'When this process began, in Unix time.', [
      { value: process.startedAtMs / 1000 },
    ]),
    counter('process_cpu_seconds_total', 'CPU time of this process.', [{ value: process.cpuSeconds }]),
    gauge('process_resident_memory_bytes', 'Resident memory of this process.', [{ value: process.residentBytes }]),
  ]
}

function samplesOf(nodes: readonly NodeView[], value: (node: NodeView) => number | null): MetricSample[] {
  return nodes.flatMap((view) => {
    const found = value(view)
    return found === null ? [] : [{ labels: { node: view.node }, value: found }]
  })
}

function gauge(name: string, help: string, samples: readonly MetricSample[]): MetricFamily {
  return { name, type: 'gauge', help, samples }
}

function counter(name: string, help: string, samples: readonly MetricSample[]): MetricFamily {
  return { name, type: 'counter', help, samples }
}

const emptyReading: RunReading = {
  runId: '',
  kind: 'synthesis',
  startedAtMs: 0,
  counts: [],
  held: [],
  spentUsd: null,
  isPaused: false,
  waiting: 0,
  nodes: [],
  counters: new RunCounters(),
  process: { startedAtMs: 0, cpuSeconds: 0, residentBytes: 0 },
  nowMs: 0,
}
