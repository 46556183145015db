import { expect, test } from 'bun:test'
import { deflateSync } from 'node:zlib'
import { checkContent, checkGitConfig, checkGitFile } from '../../src/synthesis/git-rules.ts'

test('git objects are known under another name', () => {
  expect(checkContent('srv/data', Buffer.from('# v2 git bundle\nabc'))?.reason).toBe('leak-foreign-repository')
  expect(checkContent('srv/data', Buffer.from('PACK\0\0\0\x02....'))?.reason).toBe('leak-foreign-repository')
  expect(checkContent('srv/data', deflateSync('commit 214\0tree 4b82'))?.reason).toBe('leak-foreign-repository')
  expect(checkContent('srv/data', Buffer.from('PACKAGE'))).toBeNull()
  expect(checkContent('srv/data', deflateSync('commitment'))).toBeNull()
  expect(checkContent('srv/data', Buffer.from('x = 1'))).toBeNull()
})

test("git's configuration outside the repository may not say where more of it is", () => {
  const remote = Buffer.from('[user]\n\tname = x\n[remote "origin"]\n\turl = https://x\n')
  expect(checkGitConfig('root/.gitconfig', remote)?.reason).toBe('leak-git-metadata')
  expect(checkGitConfig('etc/gitconfig', Buffer.from('[include]\npath=/x'))?.reason).toBe('leak-git-metadata')
  expect(checkGitConfig('root/.gitconfig', Buffer.from('[safe]\n\tdirectory = *\n'))).toBeNull()
  expect(checkGitConfig('srv/notes', remote)).toBeNull()
})

test('.git may hold what a checkout has and nothing that remembers more', () => {
  for (const path of [
    'refs/heads/main',
    'refs/tags/v2',
    'ORIG_HEAD',
    'FETCH_HEAD',
    'logs/HEAD',
    'hooks/pre-commit',
    'objects/info/alternates',
    'objects/pack/pack-1.promisor',
    'modules/x/HEAD',
  ]) {
    expect(checkGitFile(path)?.reason).toBe('leak-git-metadata')
  }
  expect(checkGitFile('index')).toBeNull()
})
