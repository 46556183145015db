import type { FaultKind } from '../domain/fault.ts'
import {
  addUsage,
  type ModelAnswer,
  type ModelBlock,
  type ModelRequest,
  type ModelStop,
  type ModelUsage,
  noUsage,
} from '../domain/model-call.ts'
import type { Clock } from '../util/clock.ts'
import type { ApiAccess } from './api-access.ts'
import type { EntryResult, Gate } from './gate.ts'
import { sendOnce } from './messages-client.ts'
import { costOf, type Price, usualPromptTokens } from './prices.ts'
import { type RequestForm, requestBody, type Thinking } from './request-body.ts'
import { type RetryPolicy, retryWaitMs } from './retry.ts'
import type { TryOutcome } from './try-outcome.ts'
import type { TryLimits } from './watch.ts'

/** What the calls of a run have in common. */
export interface CallContext {
  readonly access: ApiAccess
  readonly limits: TryLimits
  readonly retry: RetryPolicy
  readonly gate: Gate
  readonly clock: Clock
  /** The form that was answered last, by model: set once a model has answered at all. */
  readonly forms: Map<string, RequestForm>
}

/** The model that one call is for. */
export interface CalledModel {
  readonly name: string
  readonly price: Price
  readonly thinking: Thinking | null
}

/** A prompt this short fits every model that can do this work: if an API says otherwise, the settings are wrong. */
const fewPromptTokens = 8000

const fullForm: RequestForm = { forcesTools: true, keepsThinking: true }

/** What to do after a try. */
type Step =
  | { readonly kind: 'return'; readonly answer: ModelAnswer }
  | { readonly kind: 'again'; readonly waitMs: number }

/**
 * One call, tried until something comes of it or its bounds are met. All that was sent is in what it returns, also where
 * that is a fault. An aborted call is the fault `interrupted`.
 */
export async function callModel(
  context: CallContext,
  model: CalledModel,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  const promptTokens = usualPromptTokens(request)
  const call = startCall(context, model, request, promptTokens)
  for (;;) {
    const entry = await context.gate.enter(signal)
    if (entry.kind === 'aborted') return call.fault('interrupted', 'the call was cut off')
    if (entry.kind === 'given-up') return call.unreachable(`the API has been down for ${minutes(entry.openMs)}`)
    const outcome = await sendOnce(context.access, call.body(), {
      limits: context.limits,
      promptTokens,
      signal,
    })
    context.gate.leave(entry, resultOf(outcome, context.retry))
    const step = call.take(outcome, entry.isProbe)
    if (step.kind === 'return') return step.answer
    if (step.waitMs > 0) await context.clock.sleep(step.waitMs, signal).catch(() => undefined)
  }
}

function startCall(context: CallContext, model: CalledModel, request: ModelRequest, promptTokens: number) {
  const { retry, clock, forms } = context
  let form = forms.get(model.name) ?? fullForm
  let spent: ModelUsage = noUsage
  let costUsd = 0
  let tries = 0
  let failures = 0
  let countedFailures = 0
  let waitedMs = 0
  let last = 'nothing was tried'

  const spending = () => ({ model: model.name, usage: spent, costUsd, tries })
  const answered = (content: readonly ModelBlock[], stop: ModelStop, note?: string): Step => {
    const answer = { kind: 'answered', ...spending(), content, stop, ...(note === undefined ? {} : { note }) } as const
    return { kind: 'return', answer }
  }
  const fault = (kind: FaultKind, message: string): ModelAnswer => ({
    kind: 'faulted',
    ...spending(),
    fault: { kind, message },
  })
  const unreachable = (why: string) =>
    fault('model-unreachable', `${model.name}: ${why}; last: ${last}; run again later, what is finished is kept`)
  const refused = (explanation: string): Step => {
    return { kind: 'return', answer: fault('model-refused', `${model.name}: ${explanation}`) }
  }
  /** Before anything was answered, a refused request is a matter of the settings and would be met by every instance. */
  const unsuited = (explanation: string) =>
    refused(
      `${explanation}; it has answered nothing yet: check its name, its temperature, how it is to think, and the base URL`,
    )

  /** A request that is refused as it is may be taken in a plainer form; then it is only that request that is refused. */
  const rejected = (explanation: string): Step => {
    const plainer = plainerForm(form, request)
    if (plainer !== null) {
      form = plainer
      return { kind: 'again', waitMs: 0 }
    }
    return forms.has(model.name) ? answered([], 'refusal', explanation) : unsuited(explanation)
  }
  const again = (retryAfterMs: number | null, isProbe: boolean): Step => {
    failures += 1
    if (isProbe) return { kind: 'again', waitMs: retryAfterMs ?? 0 }
    const waitMs = retryWaitMs(retry, failures, retryAfterMs, clock.random)
    waitedMs += waitMs
    if (countedFailures >= retry.maxTries) return { kind: 'return', answer: unreachable(`${tries} tries failed`) }
    if (waitedMs <= retry.maxWaitMs) return { kind: 'again', waitMs }
    return { kind: 'return', answer: unreachable(`it would have to wait for more than ${minutes(retry.maxWaitMs)}`) }
  }
  return {
    fault,
    unreachable,
    body: () => requestBody(request, model.name, model.thinking, form),
    take(outcome: TryOutcome, isProbe: boolean): Step {
      tries += 1
      spent = addUsage(spent, outcome.usage)
      costUsd += costOf(outcome.usage, model.price)
      if ('explanation' in outcome) last = outcome.explanation
      switch (outcome.kind) {
        case 'answered':
          // Thinking is left out for the sake of one conversation; tools are not forced for the sake of the model.
          forms.set(model.name, { ...form, keepsThinking: true })
          return answered(outcome.content, outcome.stop)
        case 'too-long':
          if (!forms.has(model.name) && promptTokens < fewPromptTokens) return unsuited(outcome.explanation)
          return answered([], 'max-tokens', outcome.explanation)
        case 'rejected':
          return rejected(outcome.explanation)
        case 'refused':
          return refused(outcome.explanation)
        case 'aborted':
          return { kind: 'return', answer: fault('interrupted', 'the call was cut off') }
        case 'rate-limited':
          return again(outcome.retryAfterMs, isProbe)
        case 'failed':
          if (!isProbe) countedFailures += 1
          return again(outcome.retryAfterMs, isProbe)
      }
    },
  }
}

/** What an outcome says about the API. */
function resultOf(outcome: TryOutcome, retry: RetryPolicy): EntryResult {
  if (outcome.kind === 'aborted') return { kind: 'dropped' }
  if (outcome.kind === 'failed') return { kind: 'failed' }
  if (outcome.kind !== 'rate-limited') return { kind: 'worked' }
  const pauseMs = outcome.retryAfterMs ?? 0
  return { kind: 'rate-limited', pauseMs: pauseMs > retry.maxWaitMs ? 0 : pauseMs }
}

/** Some models refuse to be forced to a tool, or to be shown their thoughts in a conversation that was shortened. */
function plainerForm(form: RequestForm, { toolChoice, messages }: ModelRequest): RequestForm | null {
  if (form.forcesTools && toolChoice === 'any') return { ...form, forcesTools: false }
  const hasThought = messages.some(({ content }) => content.some(({ type }) => type.endsWith('thinking')))
  return form.keepsThinking && hasThought ? { ...form, keepsThinking: false } : null
}

const minutes = (ms: number): string => (ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`)
