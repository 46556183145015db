import { expect, test } from 'bun:test'
import { describeCommit, versionSince } from '../../src/git/described-version.ts'
import { TestRepository } from '../support/git-repository.ts'

const commit = '0123456789abcdef0123456789abcdef01234567'
const { signal } = new AbortController()

// What setuptools_scm 8 answers for the same tag and distance.
test.each([
  ['v2.0.1', 5, '2.0.2.dev5+g012345678'],
  ['v2.0.1', 0, '2.0.1'],
  ['1.0', 1, '1.1.dev1+g012345678'],
  ['sympy-1.12', 3, '1.13.dev3+g012345678'],
  ['3.0.0rc9', 11, '3.0.0rc10.dev11+g012345678'],
  ['3.0.0-RC.1', 0, '3.0.0rc1'],
  ['7.0.0.dev0', 332, '7.0.0.dev332+g012345678'],
  ['1.4.post2', 1, '1.4.post3.dev1+g012345678'],
  ['v01.02', 0, '1.2'],
  ['2.0+local.7', 2, '2.1.dev2+g012345678'],
  ['release-2', 1, '3.dev1+g012345678'],
  ['2023.10-final-2', 0, null],
  ['docs-v', 1, null],
])('the tag %s and %i commits since are version %p', (tag, distance, version) => {
  expect(versionSince(tag, distance, commit)).toBe(version)
})

test('the nearest tag that holds a version counts, and a later one does not', async () => {
  await using repository = await TestRepository.create()
  const released = repository.commit({ 'a.py': '1\n' })
  repository.tag('v1.2.0', released, 'Release 1.2.0\n')
  const noted = repository.commit({ 'a.py': '2\n' })
  repository.tag('snapshot-2020-x', noted)
  const base = repository.commit({ 'a.py': '3\n' })
  const later = repository.commit({ 'a.py': '4\n' })
  repository.tag('v1.3.0', later)
  expect(await describeCommit(repository.gitDir, base, signal)).toEqual({
    tag: 'v1.2.0',
    distance: 2,
    version: `1.2.1.dev2+g${base.slice(0, 9)}`,
  })
})

test('without a tag there is no version', async () => {
  await using repository = await TestRepository.create()
  const base = repository.commit({ 'a.py': '1\n' })
  expect(await describeCommit(repository.gitDir, base, signal)).toBeNull()
})
