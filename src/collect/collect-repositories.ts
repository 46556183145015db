import type { PullFacts, RepositoryFacts } from '../github/facts.ts'
import { readPullPage } from '../github/pulls.ts'
import { findRepository } from '../github/repositories.ts'
import type { Failure } from '../github/trouble.ts'
import { collectPage, type PageOptions } from './collect-page.ts'
import type { CollectState, CollectStep, Skip } from './collect-step.ts'

export interface CollectOptions extends PageOptions {
  /** Pull requests opened at or after `since` and before `until`, ISO 8601; null is no bound. */
  readonly since: string | null
  readonly until: string | null
  /** Rows of one repository at most. */
  readonly limit: number
}

/**
 * The merged pull requests of repositories, in the order asked for, those opened last first. Goes on from any state it
 * yielded: what follows then is what would have followed.
 */
export async function* collectRepositories(
  options: CollectOptions,
  repos: readonly string[],
  from: CollectState,
): AsyncGenerator<CollectStep> {
  let state = from
  while (state.repoIndex < repos.length) {
    const asked = repos[state.repoIndex] ?? ''
    const begun = state.repository === null ? await begin(options, asked, state) : { kind: 'begun' as const, state }
    if (begun.kind === 'stopped') return yield begun
    if (begun.kind === 'skipped') {
      yield begun
      state = afterRepository(state)
      yield { kind: 'page', state, total: null }
      continue
    }
    state = begun.state
    if (state.repository === null) throw new Error(`${asked} was not begun`)
    if (state.seen === 0) yield { kind: 'repository', repo: state.repository.repo, asked }
    const next = yield* collectNextPage(options, state.repository, state)
    if (next === null) return
    state = next
  }
}

type Begun =
  | { readonly kind: 'begun'; readonly state: CollectState }
  | Skip
  | { readonly kind: 'stopped'; readonly explanation: string }

async function begin({ github }: CollectOptions, asked: string, state: CollectState): Promise<Begun> {
  const answer = await findRepository(github, asked)
  if (answer.kind === 'unreachable') return { kind: 'stopped', explanation: `${asked}: ${answer.explanation}` }
  if (answer.kind !== 'answer') return skippedRepository(asked, answer)
  const { repo } = answer.value
  if (state.begun.includes(repo.toLowerCase())) {
    const explanation = `${repo} was asked for before`
    return { kind: 'skipped', repo: asked, pull_number: null, reason: 'duplicate', explanation }
  }
  return {
    kind: 'begun',
    state: { ...state, repository: answer.value, begun: [...state.begun, repo.toLowerCase()] },
  }
}

function skippedRepository(repo: string, { kind, explanation }: Failure): Skip {
  const reason = kind === 'blocked' || kind === 'forbidden' ? kind : 'missing'
  return { kind: 'skipped', repo, pull_number: null, reason, explanation }
}

function afterRepository(state: CollectState): CollectState {
  return { repoIndex: state.repoIndex + 1, repository: null, cursor: null, seen: 0, rows: 0, begun: state.begun }
}

/** Null where it stopped. */
async function* collectNextPage(
  options: CollectOptions,
  repository: RepositoryFacts,
  state: CollectState,
): AsyncGenerator<CollectStep, CollectState | null> {
  const answer = await readPullPage(options.github, repository.repo, state.cursor)
  if (answer.kind === 'unreachable') {
    yield { kind: 'stopped', explanation: `${repository.repo}: ${answer.explanation}` }
    return null
  }
  if (answer.kind !== 'answer') {
    yield skippedRepository(repository.repo, answer)
    return yield* commit(afterRepository(state), null)
  }
  const { pulls, next, totalCount } = answer.value
  let rows = state.rows
  for await (const outcome of collectPage(
    options,
    repository,
    pulls.filter((pull) => isWanted(pull, options)),
  )) {
    if (outcome.kind === 'unreachable') {
      yield { kind: 'stopped', explanation: `${repository.repo}: ${outcome.explanation}` }
      return null
    }
    yield outcome
    if (outcome.kind === 'row') rows += 1
    if (rows >= options.limit) break
  }
  // Dates need not fall from one pull request to the next, so that only a whole page before the window ends the search.
  const isBeforeWindow = pulls.length > 0 && pulls.every((pull) => isBefore(pull.createdAt, options.since))
  const isLast = next === null || rows >= options.limit || isBeforeWindow
  const advanced = { ...state, cursor: next, seen: state.seen + pulls.length, rows }
  return yield* commit(isLast ? afterRepository(advanced) : advanced, totalCount)
}

async function* commit(state: CollectState, total: number | null): AsyncGenerator<CollectStep, CollectState> {
  yield { kind: 'page', state, total }
  return state
}

function isWanted(pull: PullFacts, { since, until }: CollectOptions): boolean {
  return !isBefore(pull.createdAt, since) && (until === null || isBefore(pull.createdAt, until))
}

function isBefore(date: string, bound: string | null): boolean {
  return bound !== null && Date.parse(date) < Date.parse(bound)
}
