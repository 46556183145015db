import { closingReferences } from './linked-issues.ts'

/** What a commit's message says about the pull request that it brought. */
export interface CommitStory {
  readonly pullNumber: number | null
  /** Of issues that it claims to close. */
  readonly issueNumbers: readonly number[]
  readonly title: string
  /** The message without what only says how it was merged, and without trailers. */
  readonly text: string
}

/** How the forges name the pull request in the message of a merge. The first line of each says nothing else. */
const mergeSubjects: readonly RegExp[] = [
  /^Merge pull request #(\d{1,9}) (?:from|in) \S+.*$/,
  /^Merged in \S+ \(pull request #(\d{1,9})\)$/,
  /^Merge (?:branch|remote-tracking branch) '[^']*'.*$/,
  /^Merged? (?:PR|MR) #?(\d{1,9})(?:: (.*))?$/,
]

const gitlabTrailer = /^See merge request \S*!(\d{1,9})$/m
const squashNumber = /\s*\((?:#|!|pull request #)(\d{1,9})\)$/i
const trailer = /^(?:[A-Z][A-Za-z]*(?:-[A-Za-z]+)+: |See merge request |\(cherry picked from commit )/

/** Reads a commit of the main line: `merged` are the messages that a merge brought in, oldest first. */
export function storyOf(message: string, merged: readonly string[], repo: string): CommitStory {
  const lines = message.replaceAll('\r\n', '\n').split('\n')
  const [subject = '', ...rest] = lines
  const found = mergeSubjects.map((pattern) => pattern.exec(subject)).find((match) => match !== null)
  const squash = squashNumber.exec(subject)
  const number = found?.[1] ?? squash?.[1] ?? gitlabTrailer.exec(message)?.[1]
  const own = found ? [found[2] ?? '', ...rest] : [subject.replace(squashNumber, ''), ...rest]
  const body = withoutTrailers(own)
  const text = body === '' ? withoutTrailers(merged.join('\n').split('\n')) : body
  const pullNumber = number === undefined || Number(number) === 0 ? null : Number(number)
  return {
    pullNumber,
    issueNumbers: closingReferences([message, ...merged], repo).filter((issue) => issue !== pullNumber),
    title: text.split('\n')[0] ?? '',
    text,
  }
}

function withoutTrailers(lines: readonly string[]): string {
  return lines
    .filter((line) => !trailer.test(line))
    .join('\n')
    .trim()
}
