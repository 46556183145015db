import type { ContainerLimits } from './container-limits.ts'
import type { Fault } from './fault.ts'
import type { Grade } from './grade.ts'
import type { IterationRecord } from './iteration-record.ts'
import type { HeldLease, LeaseKey } from './lease.ts'
import type { ModelAnswer, ModelRequest } from './model-call.ts'
import type { NodeFacts } from './node-facts.ts'
import type { Publication } from './published-image.ts'
import type { RolloutEvent, RolloutTask } from './rollout-task.ts'
import type { StageEvent, SynthesisResult, SynthesisTask } from './synthesis-event.ts'
import type { SynthesisSettings } from './synthesis-settings.ts'

/** Both sides must speak the same one; raised with every change of the unions below. */
export const protocolVersion = 5

/** What is leased. */
export type Task =
  | (SynthesisTask & { readonly kind: 'synthesis'; readonly settings: SynthesisSettings })
  | (RolloutTask & { readonly kind: 'rollout' })

/** What a node is told of its run before it is leased anything. */
export interface NodeSetup {
  /** Attempts at a time; null leaves it to what the node has. */
  readonly slots: number | null
  /** Attempts that it may hold beyond those. */
  readonly ahead: number
  /** How long a lease lasts, where it is not as long as usual. */
  readonly leaseMs?: number
  /** Where repositories come from: a URL or path with {repo}, {owner}, {name}. */
  readonly repos: string
  readonly buildTimeoutMs: number
  /** Commits of history in an image, base_commit included. */
  readonly checkoutDepth: number
  /** What was asked for; the rest is from what the node has. */
  readonly limits: Partial<ContainerLimits>
  /** Null where accepted images stay where they were built. */
  readonly publication: Publication | null
}

/** `paused` starts nothing; `draining` finishes what it holds, and takes nothing. */
export type NodeMode = 'working' | 'paused' | 'draining'

/** What control asks of a node. */
export type Order = { readonly version: typeof protocolVersion } & (
  | {
      /** First on every connection. A node obeys the newest only: the highest epoch, and in it the highest connection. */
      readonly type: 'welcome'
      /** Counts the lives of control over its database. */
      readonly epoch: number
      readonly connection: number
      readonly runId: string
      readonly setup: NodeSetup
    }
  /** `grant` counts from 1 on each connection. */
  | (LeaseKey & { readonly type: 'lease'; readonly grant: number; readonly task: Task })
  /** Give it back; where it has begun, only if `evenRunning`. */
  | (LeaseKey & { readonly type: 'revoke'; readonly evenRunning: boolean })
  /**
   * The heartbeat with this number arrived, and every lease that it named is good for as long as a lease lasts from when it
   * was sent; but those of `dropped` are over.
   */
  | { readonly type: 'heartbeat-answer'; readonly count: number; readonly dropped: readonly LeaseKey[] }
  /** What came of a model call that this node asked for. */
  | { readonly type: 'model-answer'; readonly call: string; readonly answer: ModelAnswer }
  /** What came of a commit that this node asked for. */
  | { readonly type: 'repository-answer'; readonly call: string; readonly answer: RepositoryAnswer }
  /** What does this lease print now? Answered by whoever runs it, and by nobody else. */
  | (LeaseKey & { readonly type: 'tail-call' })
  /** Every event of this boot up to and including this number is stored; the node may forget them. */
  | { readonly type: 'acknowledge'; readonly boot: string; readonly sequence: number }
  | { readonly type: 'set-slots'; readonly slots: number }
  | { readonly type: 'set-mode'; readonly mode: NodeMode }
  /** Control leaves: what is held is good for `trustMs`, heartbeats or not. */
  | { readonly type: 'detach'; readonly trustMs: number }
  /** Take nothing new, abort what runs, give it back. */
  | { readonly type: 'stop' }
)

/** A commit without what came after it, for a node that does not reach where it comes from. */
export type RepositoryAnswer =
  /** In base64. */
  | { readonly kind: 'bundle'; readonly bundle: string }
  | { readonly kind: 'missing' | 'unreachable' | 'commit-missing'; readonly explanation: string }

/** Where an event comes from. `boot` names one life of a node process; `sequence` counts from 1 within it. */
export interface EventOrigin {
  readonly version: typeof protocolVersion
  readonly node: string
  readonly boot: string
  readonly sequence: number
  readonly atMs: number
}

/** What happened on a node, without its origin. */
export type NodeReport =
  | (LeaseKey & StageEvent)
  | (LeaseKey & { readonly type: 'iteration'; readonly record: IterationRecord })
  | (LeaseKey & Extract<RolloutEvent, { type: 'rollout' }>)
  /** The end of an attempt at an environment. */
  | (LeaseKey & { readonly type: 'settled'; readonly result: SynthesisResult })
  /** The end of a rollout, whose `rollout` went before. */
  | (LeaseKey & { readonly type: 'graded'; readonly grade: Grade })
  | (LeaseKey & { readonly type: 'faulted'; readonly fault: Fault })
  /** Given back unfinished: told to, or more than it may hold. */
  | (LeaseKey & { readonly type: 'released' })

/** What a node tells control, kept by the node until it is acknowledged. */
export type NodeEvent = EventOrigin & NodeReport

/** How a node is. Kept nowhere: only the newest counts. */
export type NodePulse = { readonly version: typeof protocolVersion; readonly held: readonly HeldLease[] } & {
  /** What the machine has and how busy it is; null until it was looked at. */
  readonly facts: NodeFacts | null
  readonly slots: number
  /** Leases that it takes beyond those it holds. */
  readonly room: number
} & (
    | {
        /** Answers a welcome, and is answered as heartbeat 0. */
        readonly type: 'hello'
        readonly node: string
        readonly boot: string
      }
    /** `grant` is the last one that was seen on this connection, 0 before the first. */
    | { readonly type: 'heartbeat'; readonly count: number; readonly grant: number }
  )

/** What a node asks of control, again on each new connection until it is answered: asking twice is one call. */
export type NodeQuestion = { readonly version: typeof protocolVersion; readonly call: string } & LeaseKey &
  (
    | { readonly type: 'model-call'; readonly request: ModelRequest }
    | { readonly type: 'repository-call'; readonly repo: string; readonly commit: string }
  )

/** The end of what a lease printed in its stage so far. Kept nowhere, and sent to whoever asks. */
export type NodeTail = { readonly version: typeof protocolVersion } & LeaseKey & {
    readonly type: 'tail-answer'
    readonly text: string
  }

export type NodeMessage = NodeEvent | NodePulse | NodeQuestion | NodeTail
