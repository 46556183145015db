import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GitHub, type GitHubOptions } from '../../src/github/client.ts'
import { readPullPage } from '../../src/github/pulls.ts'
import { findRepository, searchRepositories } from '../../src/github/repositories.ts'
import { type FakeRepository, type GitHubServer, json, serveGitHub } from '../support/github-server.ts'

const signal = new AbortController().signal

function open(server: GitHubServer, options: Partial<GitHubOptions> = {}): Promise<GitHub> {
  return GitHub.open({ tokens: ['token-a'], apiUrl: `${server.url}/api/v3`, signal, retryAfterMs: 1, ...options })
}

const one: readonly FakeRepository[] = [{ name: 'o/r', stars: 7, language: null, licenseName: 'NOASSERTION' }]

test('tokens are used in turn, and each is tried before any work', async () => {
  using server = serveGitHub(one, { tokens: ['token-a', 'token-b'] })
  const github = await open(server, { tokens: ['token-a', 'token-b'] })
  for (let count = 0; count < 4; count += 1) await findRepository(github, 'o/r')
  expect(server.asked.map((asked) => asked.token)).toEqual([
    'token-a',
    'token-b',
    'token-a',
    'token-b',
    'token-a',
    'token-b',
  ])
})

test('a wrong token is said by its number at once, and never shown', async () => {
  using server = serveGitHub(one)
  const error = await open(server, { tokens: ['token-a', 'token-wrong'] }).catch((thrown: unknown) => thrown)
  expect(String(error)).toBe('GitHubAccessError: GitHub refuses token 2 of 2 — make a new one')
})

test('a missing scope is said at once, with what GitHub says is missing', async () => {
  using server = serveGitHub(one)
  const errors = [{ type: 'INSUFFICIENT_SCOPES', message: "requires one of ['repo'], but has only ['gist']" }]
  server.intercept = () => json({ data: null, errors })
  const error = await open(server).catch((thrown: unknown) => thrown)
  const said = "the token lacks a scope — requires one of ['repo'], but has only ['gist']"
  expect(String(error)).toBe(`GitHubAccessError: ${said}`)
})

test('a token that is at a limit rests while another goes on', async () => {
  using server = serveGitHub(one, { tokens: ['token-a', 'token-b'] })
  const github = await open(server, { tokens: ['token-a', 'token-b'] })
  const message = 'You have exceeded a secondary rate limit.'
  server.intercept = ({ token }) => (token === 'token-a' ? json({ message }, 403, { 'retry-after': '60' }) : undefined)
  for (let count = 0; count < 3; count += 1)
    expect(await findRepository(github, 'o/r')).toMatchObject({ kind: 'answer' })
  expect(server.asked.slice(2).map((asked) => asked.token)).toEqual(['token-a', 'token-b', 'token-b', 'token-b'])
})

test('where every token rests, it is said and waited for', async () => {
  using server = serveGitHub(one)
  const waits: string[] = []
  const github = await open(server, { onWait: (_untilMs, why) => waits.push(why) })
  let refused = 0
  server.intercept = () =>
    refused++ === 0 ? json({ message: 'secondary rate limit' }, 429, { 'retry-after': '1' }) : undefined
  expect(await findRepository(github, 'o/r')).toMatchObject({ kind: 'answer', value: { stars: 7, licenseName: null } })
  expect(waits).toEqual(['every token is at its core rate limit'])
})

test('a quota that an answer used up is not asked of again before it is renewed', async () => {
  using server = serveGitHub(one, { tokens: ['token-a', 'token-b'] })
  const github = await open(server, { tokens: ['token-a', 'token-b'] })
  const reset = String(Math.floor(Date.now() / 1000) + 600)
  server.intercept = ({ token }) => {
    const left = { 'x-ratelimit-resource': 'core', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }
    const body = { full_name: 'o/r', stargazers_count: 1, language: null, license: null, fork: false, private: false }
    return token === 'token-a' ? json(body, 200, left) : undefined
  }
  for (let count = 0; count < 4; count += 1) await findRepository(github, 'o/r')
  expect(server.asked.slice(2).map((asked) => asked.token)).toEqual(['token-a', 'token-b', 'token-b', 'token-b'])
  expect(github.quota('core')).toEqual({ remaining: 0, resetMs: Number(reset) * 1000 })
})

test('requests are paced where GitHub counts them', async () => {
  using server = serveGitHub(one, { countsRequests: true })
  const github = await open(server)
  expect(await findRepository(github, 'o/r')).toMatchObject({ kind: 'answer' })
  expect(await readPullPage(github, 'o/r', null)).toMatchObject({ kind: 'answer' })
})

test('GraphQL that is rate limited hands over to the next token', async () => {
  using server = serveGitHub(one, { tokens: ['token-a', 'token-b'] })
  const github = await open(server, { tokens: ['token-a', 'token-b'] })
  const errors = [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }]
  server.intercept = ({ token }) => (token === 'token-a' ? json({ errors }) : undefined)
  expect(await readPullPage(github, 'o/r', null)).toMatchObject({ kind: 'answer', value: { totalCount: 0 } })
  expect(server.asked.slice(2).map((asked) => asked.token)).toEqual(['token-a', 'token-b'])
})

test('a 502 is tried again, and a page that is too much work is asked for in smaller ones', async () => {
  using server = serveGitHub(one)
  const github = await open(server)
  let failures = 0
  server.intercept = () => (failures++ < 5 ? json({ message: 'Bad gateway' }, 502) : undefined)
  expect(await readPullPage(github, 'o/r', null)).toMatchObject({ kind: 'answer' })
  expect(server.asked.length).toBe(1 + 4 + 2)
})

test('an answer that has not changed costs no quota', async () => {
  const cacheDir = mkdtempSync(join(tmpdir(), 'openswe-test-etag-'))
  try {
    using server = serveGitHub(one)
    const first = await findRepository(await open(server, { cacheDir }), 'o/r')
    expect(await findRepository(await open(server, { cacheDir }), 'o/r')).toEqual(first)
    const tags = server.asked.filter(({ path }) => path === '/repos/o/r').map((asked) => asked.ifNoneMatch)
    expect(tags).toEqual([null, expect.stringMatching(/^"/)])
  } finally {
    rmSync(cacheDir, { recursive: true })
  }
})

test('a repository that is gone, withheld or forbidden is an outcome each', async () => {
  using server = serveGitHub([...one, { name: 'o/blocked', isBlocked: true }])
  const github = await open(server)
  expect(await findRepository(github, 'o/none')).toMatchObject({ kind: 'missing' })
  expect(await readPullPage(github, 'o/none', null)).toMatchObject({ kind: 'missing' })
  expect(await findRepository(github, 'o/blocked')).toMatchObject({ kind: 'blocked' })
  server.intercept = () => json({ message: 'Resource protected by organization SAML enforcement.' }, 403)
  expect(await findRepository(github, 'o/r')).toMatchObject({ kind: 'forbidden' })
})

test('a search goes on by stars where there are more results than GitHub shows', async () => {
  const many = Array.from({ length: 2300 }, (_, index) => ({ name: `o/r${index}`, stars: 10 + Math.floor(index / 10) }))
  using server = serveGitHub([...many, { name: 'o/few', stars: 1 }, { name: 'o/c', stars: 50, language: 'C' }])
  const search = { language: 'python', minStars: 5, limit: 5000 }
  const found = await searchRepositories(await open(server), search)
  if (found.kind !== 'answer') throw new Error(found.explanation)
  expect(found.value.crowdedStars).toEqual([])
  expect([...found.value.repos].sort()).toEqual(many.map(({ name }) => name).sort())
  expect(found.value.repos[0]).toBe('o/r2290')
})
