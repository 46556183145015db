import { expect, test } from 'bun:test'
import type { OurImage } from '../../src/docker/our-images.ts'
import { type CleaningQuestion, planCleaning, repositoryOf } from '../../src/node/janitor-plan.ts'

const dayMs = 24 * 60 * 60_000
const nowMs = 100 * dayMs

let made = 0
function image(change: Partial<OurImage>): OurImage {
  made += 1
  return {
    imageId: `sha256:${made}`,
    kind: 'head',
    runId: 'mine',
    instanceId: 'a__b-1',
    tags: [],
    createdAtMs: nowMs - 1000,
    isUsed: false,
    ...change,
  }
}

const question: CleaningQuestion = {
  images: [],
  runId: 'mine',
  nowMs,
  isInUse: () => false,
  settled: new Map(),
  mayRemoveAccepted: false,
  lastUsedAtMs: new Map(),
}

const accepted = image({ kind: 'environment' })
const settled = new Map([['a__b-1', accepted.imageId]])
const rejected = new Map([['a__b-1', null]])
const old = { runId: 'other', createdAtMs: nowMs - dayMs - 1 }

const cases: readonly (readonly [string, OurImage, Partial<CleaningQuestion>, 'goes' | 'stays'])[] = [
  ['a head of this run', image({}), {}, 'goes'],
  ['an intermediate image of this run', image({ kind: 'state' }), {}, 'goes'],
  ['a head that a container is made of', image({ isUsed: true }), {}, 'stays'],
  ['a head of an attempt that goes on', image({}), { isInUse: (id) => id === 'a__b-1' }, 'stays'],
  ['a head beside an attempt at another instance', image({}), { isInUse: (id) => id === 'a__b-2' }, 'goes'],
  ['a young head of another run', image({ runId: 'other' }), {}, 'stays'],
  ['an old head of another run', image(old), {}, 'goes'],
  ['an old head of an attempt of this run', image({ createdAtMs: 0 }), { isInUse: () => true }, 'stays'],
  ['a base image', image({ kind: 'base', ...old }), { mayRemoveAccepted: true }, 'stays'],
  ['an environment of which nothing is known', image({ kind: 'environment' }), {}, 'stays'],
  ['the accepted environment', accepted, { settled }, 'stays'],
  ['the accepted environment that may go', accepted, { settled, mayRemoveAccepted: true }, 'goes'],
  ['an environment before the accepted one', image({ kind: 'environment' }), { settled }, 'goes'],
  ['an environment of a rejected instance', image({ kind: 'environment' }), { settled: rejected }, 'goes'],
  [
    'an environment of another run',
    image({ kind: 'environment', ...old }),
    { settled: rejected, mayRemoveAccepted: true },
    'stays',
  ],
]

for (const [what, one, change, expected] of cases) {
  test(`${what} ${expected}`, () => {
    const plan = planCleaning({ ...question, ...change, images: [one] })
    expect(plan).toEqual(expected === 'goes' ? [{ repository: 'a__b', images: [one] }] : [])
  })
}

test('the repository that was used least recently goes first, and in each the newest image', () => {
  const newer = image({ instanceId: 'x__y-2', createdAtMs: nowMs - 5000 })
  const older = image({ instanceId: 'x__y-1', createdAtMs: nowMs - 9000 })
  const other = image({ instanceId: 'o__p-1', createdAtMs: nowMs - 7000 })
  const begun = image({ instanceId: 'q__r-1', createdAtMs: nowMs - 9900 })
  const plan = planCleaning({
    ...question,
    images: [newer, other, older, begun],
    lastUsedAtMs: new Map([['q__r', nowMs - 10]]),
  })
  expect(plan).toEqual([
    { repository: 'o__p', images: [other] },
    { repository: 'x__y', images: [newer, older] },
    { repository: 'q__r', images: [begun] },
  ])
})

test('what stays of a repository counts for when it was used', () => {
  const running = image({ instanceId: 'x__y-2', createdAtMs: nowMs - 1, isUsed: true })
  const idle = image({ instanceId: 'x__y-1', createdAtMs: nowMs - 9000 })
  const other = image({ instanceId: 'o__p-1', createdAtMs: nowMs - 7000 })
  const plan = planCleaning({ ...question, images: [running, other, idle] })
  expect(plan.map(({ repository }) => repository)).toEqual(['o__p', 'x__y'])
})

test('the repository of an instance is what stands before its number or commit', () => {
  expect(['django__django-123', 'a__b-c-9b91f7', 'plain'].map(repositoryOf)).toEqual([
    'django__django',
    'a__b-c',
    'plain',
  ])
})
