import * as v from 'valibot'
import type { Answer, GitHub } from './client.ts'
import type { RepositoryFacts } from './facts.ts'
import { repositoriesQuery } from './queries.ts'
import { repositoryPage } from './shapes.ts'

const repository = v.pipe(
  v.object({
    full_name: v.string(),
    stargazers_count: v.number(),
    language: v.nullable(v.string()),
    license: v.nullish(v.object({ spdx_id: v.nullish(v.string()) })),
    fork: v.boolean(),
    private: v.boolean(),
  }),
  v.transform(
    (found): RepositoryFacts => ({
      repo: found.full_name,
      stars: found.stargazers_count,
      language: found.language,
      licenseName: licenseName(found.license?.spdx_id),
      isFork: found.fork,
      isPrivate: found.private,
    }),
  ),
)

/** GitHub says `NOASSERTION` where it found a licence that it cannot name. */
function licenseName(id: string | null | undefined): string | null {
  return id === undefined || id === 'NOASSERTION' ? null : id
}

/** A repository by the name it has, or had: a renamed one answers under both. */
export async function findRepository(github: GitHub, repo: string): Promise<Answer<RepositoryFacts>> {
  const answer = await github.get(`/repos/${repo}`)
  if (answer.kind !== 'answer') return answer
  return { kind: 'answer', value: v.parse(repository, JSON.parse(new TextDecoder().decode(answer.value))) }
}

export interface RepositorySearch {
  readonly language?: string | undefined
  readonly minStars: number
  /** `YYYY-MM-DD`. */
  readonly pushedAfter?: string | undefined
  readonly limit: number
}

export interface FoundRepositories {
  readonly repos: readonly string[]
  /** Numbers of stars that more repositories have than the thousand that GitHub shows: the rest is not in `repos`. */
  readonly crowdedStars: readonly number[]
}

/** GitHub shows no more results of one search. */
const shownResults = 1000

/** Names of repositories, most stars first. A search with more results than GitHub shows goes on by stars. */
export async function searchRepositories(github: GitHub, search: RepositorySearch): Promise<Answer<FoundRepositories>> {
  const repos = new Set<string>()
  const crowdedStars: number[] = []
  let maxStars: number | null = null
  while (repos.size < search.limit) {
    const found = await searchOnce(github, searchWords(search, maxStars), search.limit)
    if (found.kind !== 'answer') return found
    for (const row of found.value) repos.add(row.repo)
    const last = found.value.at(-1)?.stars
    if (found.value.length < shownResults || last === undefined) break
    const isCrowded: boolean = last === maxStars || last === found.value[0]?.stars
    if (isCrowded) crowdedStars.push(last)
    maxStars = isCrowded ? last - 1 : last
    if (maxStars < search.minStars) break
  }
  return { kind: 'answer', value: { repos: [...repos].slice(0, search.limit), crowdedStars } }
}

function searchWords({ language, minStars, pushedAfter }: RepositorySearch, maxStars: number | null): string {
  return [
    language === undefined ? '' : `language:${JSON.stringify(language)}`,
    `stars:${minStars}..${maxStars ?? '*'}`,
    pushedAfter === undefined ? '' : `pushed:>=${pushedAfter}`,
    'sort:stars-desc',
  ]
    .filter((word) => word !== '')
    .join(' ')
}

interface FoundRow {
  readonly repo: string
  readonly stars: number
}

async function searchOnce(github: GitHub, words: string, limit: number): Promise<Answer<FoundRow[]>> {
  const rows: FoundRow[] = []
  let after: string | null = null
  do {
    const answer = await github.graphql(repositoriesQuery, { words, after })
    if (answer.kind !== 'answer') return answer
    const { nodes, pageInfo } = v.parse(repositoryPage, answer.value.data).search
    for (const { nameWithOwner, stargazerCount } of nodes) {
      if (nameWithOwner !== undefined) rows.push({ repo: nameWithOwner, stars: stargazerCount ?? 0 })
    }
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
  } while (after !== null && rows.length < Math.min(limit, shownResults))
  return { kind: 'answer', value: rows }
}
