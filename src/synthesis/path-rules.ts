import type { RejectionReason } from '../domain/verdict.ts'
import type { Finding } from './finding.ts'

interface PathRule {
  readonly name: string
  /** Tested against the absolute path without the leading slash. */
  readonly pattern: RegExp
  readonly reason: RejectionReason
  readonly what: string
}

/**
 * Paths that no layer above the base image may hold, deleted again or not. The repository itself, below testbed/,
 * is compared with its commit instead.
 */
const pathRules: readonly PathRule[] = [
  {
    name: 'shell or interpreter replaced',
    pattern: /^(?:usr\/)?(?:local\/)?s?bin\/(?:bash|sh|dash|env|git|timeout|python[\d.]*|pytest|py\.test|cat|grep)$/,
    reason: 'image-tampered',
    what: 'replaces a program that grading relies on',
  },
  {
    name: 'environment interpreter replaced',
    pattern:
      /^opt\/conda\/(?:bin|condabin|etc\/profile\.d)\/|^opt\/conda\/envs\/testbed\/bin\/(?:python[\d.]*|activate(?:\.\w+|_this\.py)?)$/,
    reason: 'image-tampered',
    what: 'replaces the environment that the tests run in',
  },
  {
    name: 'command of the environment replaced',
    pattern: /^opt\/conda\/envs\/testbed\/(?:pyvenv\.cfg|bin\/(?:bash|sh|dash|env|git|timeout|cat|grep))$/,
    reason: 'image-tampered',
    what: 'changes what the tests run in, or hides a program that grading relies on',
  },
  {
    name: 'standard library changed',
    pattern:
      /^(?:usr|usr\/local|opt\/conda\/envs\/testbed|opt\/python\/[^/]+)\/lib\/python\d+(?:\.zip$|\.\d+\/(?!(?:site|dist)-packages\/|(?:tkinter|distutils|lib2to3|idlelib|test|turtledemo)\/|turtle\.py$|lib-dynload\/_tkinter|config-|__phello__).*\.(?:py|so)$)/,
    reason: 'image-tampered',
    what: 'changes the standard library',
  },
  {
    name: 'compiled standard library changed',
    pattern:
      /^usr\/lib\/python\d+\.\d+\/(?!(?:site|dist)-packages\/|(?:tkinter|distutils|lib2to3|idlelib|test|turtledemo)\/)(?:.*\/)?__pycache__\/(?!turtle\.)[^/]*\.pyc$/,
    reason: 'image-tampered',
    what: 'changes the standard library, which Debian compiles when it is installed',
  },
  {
    name: "the test runner's compiled tests",
    pattern: /-pytest-[^/]*\.pyc$/,
    reason: 'image-tampered',
    what: 'is run in place of the source that it names',
  },
  {
    name: 'shell start-up file',
    pattern: /^etc\/(?:profile|bash\.bashrc|environment|profile\.d\/.*)$/,
    reason: 'image-tampered',
    what: 'changes what every shell does first',
  },
  {
    name: 'preloaded library',
    pattern: /^etc\/ld\.so\.preload$/,
    reason: 'image-tampered',
    what: 'preloads a library into every program',
  },
  {
    name: 'interpreter hook',
    pattern: /(?:^|\/)(?:sitecustomize|usercustomize)(?:\.py|\/__init__\.py)$/,
    reason: 'image-tampered',
    what: 'runs code at the start of every Python process',
  },
  {
    name: 'grader directory',
    pattern: /^openswe(?:\/|$)/,
    reason: 'image-tampered',
    what: 'writes where the recording of results lives',
  },
  {
    name: 'conftest outside the repository',
    pattern:
      /^(?:conftest\.py|(?:root|home|tmp|opt|srv|var\/tmp)\/(?:[^/]+\/)?conftest\.py|\.?pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml)$/,
    reason: 'image-tampered',
    what: 'configures the test runner from outside the repository',
  },
  {
    name: 'another git repository',
    pattern: /(?:^|\/)\.git\/(?:objects|refs|HEAD)|\/pack-[0-9a-f]{40,64}\.pack$/,
    reason: 'leak-foreign-repository',
    what: 'holds git objects outside the checked-out repository',
  },
]

/** Looks at a path of a layer above the base image. */
export function checkPath(path: string): Finding | null {
  if (path.startsWith('testbed/')) return null
  const rule = pathRules.find((candidate) => candidate.pattern.test(path))
  return rule === undefined ? null : { reason: rule.reason, explanation: `/${path} ${rule.what} (${rule.name})` }
}
