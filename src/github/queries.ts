/** The GraphQL we send. One page of pull requests brings its issues, their first comments and the commits with it. */

const commit = 'oid message authoredDate parents(first: 2) { nodes { oid } }'
const page = 'pageInfo { hasNextPage endCursor }'
const comments = `${page} nodes { body createdAt updatedAt }`
const issue = `id number repository { nameWithOwner } title body createdAt comments(first: 50) { ${comments} }`

export const pullsQuery = `query ($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(states: MERGED, orderBy: {field: CREATED_AT, direction: DESC}, first: $first, after: $after) {
      totalCount ${page}
      nodes {
        id number title body author { login __typename } labels(first: 20) { nodes { name } }
        createdAt mergedAt baseRefOid headRefOid changedFiles mergeCommit { ${commit} }
        commits(first: 100) { ${page} nodes { commit { ${commit} } } }
        closingIssuesReferences(first: 10) { nodes { ${issue} } }
      }
    }
  }
}`

export const moreCommitsQuery = `query ($id: ID!, $after: String) {
  node(id: $id) { ... on PullRequest { commits(first: 100, after: $after) { ${page} nodes { commit { ${commit} } } } } }
}`

export const moreCommentsQuery = `query ($id: ID!, $after: String) {
  node(id: $id) { ... on Issue { comments(first: 100, after: $after) { ${comments} } } }
}`

export const historyQuery = `query ($owner: String!, $name: String!, $oid: GitObjectID!) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) { ... on Commit { history(first: 100) { nodes { ${commit} } } } }
  }
}`

export const repositoriesQuery = `query ($words: String!, $after: String) {
  search(type: REPOSITORY, query: $words, first: 100, after: $after) {
    ${page} nodes { ... on Repository { nameWithOwner stargazerCount } }
  }
}`

/** Issues by number, each under the name `i<number>`; a pull request of that number gives an empty object. */
export function issuesQuery(numbers: readonly number[]): string {
  const fields = numbers.map(
    (number) => `i${number}: issueOrPullRequest(number: ${number}) { ... on Issue { ${issue} } }`,
  )
  return `query ($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { ${fields.join('\n')} } }`
}
