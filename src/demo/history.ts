import type { DemoCommit, DemoInstance } from './demo-instance.ts'

const person = 'Demo Author <demo@openswe.invalid>'

/** Where the merged commit of a pull request is found, as on GitHub. */
export function pullRequestRef(instance: DemoInstance): string {
  return `refs/pull/${instance.pullRequest.number}/head`
}

/** The instance's whole repository as input for `git fast-import`: one line of commits, its tags, its pull request. */
export function fastImportStream(instance: DemoInstance): Uint8Array {
  const { source, tests, ...merged } = instance.pullRequest
  const pullRequest: DemoCommit = { message: merged.message, date: merged.date, files: { ...source, ...tests } }
  const parts = [
    ...instance.history.map(commitPart),
    commitPart(pullRequest),
    Buffer.from(`reset ${pullRequestRef(instance)}\nfrom refs/heads/main\n\n`),
    ...instance.later.map(commitPart),
    Buffer.from('done\n'),
  ]
  return Buffer.concat(parts)
}

function commitPart(commit: DemoCommit): Buffer {
  const when = `${person} ${Date.parse(commit.date) / 1000} +0000`
  const files = Object.entries(commit.files).map(([path, content]) =>
    Buffer.concat([Buffer.from(`M 100644 inline ${path}\n`), dataPart(content)]),
  )
  return Buffer.concat([
    Buffer.from(`commit refs/heads/main\nauthor ${when}\ncommitter ${when}\n`),
    dataPart(`${commit.message}\n`),
    ...files,
    Buffer.from('\n'),
    ...(commit.tag === undefined ? [] : [tagPart(commit.tag, when)]),
  ])
}

function tagPart(tag: string, when: string): Buffer {
  return Buffer.concat([
    Buffer.from(`tag ${tag}\nfrom refs/heads/main\ntagger ${when}\n`),
    dataPart(`Release ${tag}\n`),
  ])
}

function dataPart(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([Buffer.from(`data ${bytes.byteLength}\n`), bytes, Buffer.from('\n')])
}
