import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Instance } from '../../src/domain/instance.ts'
import { type FileChange, TestRepository } from './git-repository.ts'

type Files = Readonly<Record<string, FileChange>>

/** What a project has besides, or in place of, the honest one's files. */
export interface CheatProjectOptions {
  readonly base?: Files
  readonly gold?: Files
  readonly tests?: Files
}

/** A small repository with a bug, its fix, the fix's test, and a later commit that holds both. */
export interface CheatProject extends AsyncDisposable {
  readonly repository: TestRepository
  readonly instance: Instance
  /** The commit of upstream's main branch that fixed the bug, after `base_commit`. */
  readonly laterCommit: string
  /** That commit's objects: packed and as a bundle. */
  readonly laterPack: Uint8Array
  readonly laterBundle: Uint8Array
}

const module = `"""Sums of columns."""


def total(values):
    return sum(values)


def average(values):
    return total(values) / len(values)


def spread(values):
    return max(values) - min(values)
`

export const addedByGold = `    numbers = list(values)
    if not numbers:
        raise ValueError("no values have no average")
    return total(numbers) / len(numbers)
`

export const fixedModule = module.replace('    return total(values) / len(values)\n', addedByGold)

export const oldTests = `import pytest

from tally import average, total


def test_total():
    assert total([1, 2, 3]) == 6
`

export const newTest = `

def test_average_of_nothing():
    with pytest.raises(ValueError):
        average(iter([]))
`

const honestBase: Files = {
  'pyproject.toml': `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "tally"
version = "1.0"

[tool.setuptools]
packages = ["tally"]
`,
  'README.md': 'Sums of columns.\n',
  'tally/__init__.py': 'from tally.core import average, spread, total\n\n__all__ = ["average", "spread", "total"]\n',
  'tally/core.py': module,
  'tests/test_core.py': oldTests,
  'tests/test_spread.py': 'from tally import spread\n\n\ndef test_spread():\n    assert spread([1, 5]) == 4\n',
}

export async function createCheatProject(options: CheatProjectOptions = {}): Promise<CheatProject> {
  const repository = await TestRepository.create()
  const base = repository.commit({ ...honestBase, ...options.base })
  const gold = { 'tally/core.py': fixedModule, ...options.gold }
  const tests = { 'tests/test_core.py': oldTests + newTest, ...options.tests }
  const goldCommit = repository.commit(gold, { branch: 'gold', parents: [base] })
  const testCommit = repository.commit(tests, { branch: 'tests', parents: [base] })
  const laterCommit = repository.commit({ ...gold, ...tests }, { message: 'Give no average of nothing\n' })
  const instance: Instance = {
    instance_id: 'acme__tally-1',
    repo: 'acme/tally',
    base_commit: base,
    patch: repository.diff(base, goldCommit),
    test_patch: repository.diff(base, testCommit),
    problem_statement: 'The average of nothing divides by zero.',
  }
  return {
    repository,
    instance,
    laterCommit,
    ...(await packLater(repository, base, laterCommit)),
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  }
}

async function packLater(repository: TestRepository, base: string, later: string) {
  const dir = await mkdtemp(join(tmpdir(), 'openswe-test-pack-'))
  try {
    const stdin = new TextEncoder().encode(`${later}\n^${base}\n`)
    repository.git(['pack-objects', '--revs', '-q', join(dir, 'pack')], stdin)
    repository.git(['bundle', 'create', '--quiet', join(dir, 'bundle'), 'main'])
    const pack = (await readdir(dir)).find((name) => name.endsWith('.pack')) ?? ''
    return { laterPack: await readFile(join(dir, pack)), laterBundle: await readFile(join(dir, 'bundle')) }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
