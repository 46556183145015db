import type { RejectionReason } from '../domain/verdict.ts'

/** Something in an image that must not be there. */
export interface Finding {
  readonly reason: RejectionReason
  readonly explanation: string
}

interface PathRule {
  readonly name: string
  /** Tested against the absolute path without the leading slash. */
  readonly pattern: RegExp
  readonly reason: RejectionReason
  readonly what: string
}

/**
 * Paths that no layer above the base image may hold, deleted again or not (RELIABILITY.md 5.1 D3, 5.2 A4, A15). The
 * repository itself, below testbed/, is compared with its commit instead.
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
    name: 'shell start-up file',
    pattern:
      /^(?:root\/\.(?:bashrc|bash_profile|profile|bash_login)|etc\/(?:profile|bash\.bashrc|environment)|etc\/profile\.d\/.*)$/,
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
    pattern: /^(?:conftest\.py|(?:root|home|tmp|opt|srv|var\/tmp)\/(?:[^/]+\/)?conftest\.py|(?:pytest\.ini|tox\.ini))$/,
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

/** `.pth` files that build tools write; any other may only name directories. */
const knownPthFiles =
  /^(?:__editable__.*|_?__editables?_.*|easy-install|distutils-precedence|.*-nspkg|_virtualenv|pytest-cov|a1_coverage|coloredlogs)\.pth$/

/** A `.pth` line that starts with `import` is executed at the start of every Python process. */
export function checkPthFile(path: string, text: string): Finding | null {
  const name = path.split('/').at(-1) ?? path
  if (knownPthFiles.test(name) || !/^import[ \t]/m.test(text)) return null
  return {
    reason: 'image-tampered',
    explanation: `/${path} runs code at the start of every Python process (.pth file)`,
  }
}

/** Environment variables that change what is run, in the image's configuration. */
const forbiddenVariables =
  /^(?:BASH_ENV|ENV|PROMPT_COMMAND|LD_PRELOAD|LD_LIBRARY_PATH|PYTHONSTARTUP|PYTEST_ADDOPTS|PYTEST_PLUGINS|PYTHONINSPECT)=/

export function checkEnvironment(variables: readonly string[], baseVariables: readonly string[]): Finding | null {
  const isNew = (variable: string) => !baseVariables.includes(variable)
  const bad = variables
    .filter(isNew)
    .find((variable) => forbiddenVariables.test(variable) || variable.startsWith('PATH='))
  return bad === undefined
    ? null
    : { reason: 'image-tampered', explanation: `the image sets ${bad.split('=')[0]}, which changes what is run` }
}

/** Git objects under another name: a bundle or a pack, known by how it begins. */
export function checkContent(path: string, bytes: Uint8Array): Finding | null {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 16))
  if (!/^# v[23] git bundle/.test(start) && !/^PACK\0\0\0[\x02\x03]/.test(start)) return null
  return {
    reason: 'leak-foreign-repository',
    explanation: `/${path} holds git objects outside the checked-out repository`,
  }
}

/** Untracked files in the repository that would configure or shadow the test runner. */
const runnerFiles =
  /(?:^|\/)(?:conftest\.py|pytest\.ini|\.pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml|sitecustomize\.py|usercustomize\.py)$|^(?:pytest|_pytest|unittest|pluggy|py|django|xmlrunner)(?:\.py|\/)/

export function checkUntracked(path: string): Finding | null {
  if (!runnerFiles.test(path) || /(?:^|\/)[^/]+\.egg-info\//.test(path)) return null
  return {
    reason: 'testbed-differs-from-base',
    explanation: `/testbed/${path} is not in the commit and configures or shadows the test runner`,
  }
}

/** `.git` entries that a checkout of ours has; HEAD, config and shallow are compared by content elsewhere. */
const gitFiles =
  /^(?:HEAD|config|index|shallow|objects\/[0-9a-f]{2}\/[0-9a-f]{38,62}|objects\/pack\/pack-[0-9a-f]+\.(?:pack|idx|rev)|objects\/info\/commit-graph|info\/exclude)$/

/** Looks at a regular file below /testbed/.git that the checkout we made does not have. */
export function checkGitFile(path: string): Finding | null {
  if (gitFiles.test(path)) return null
  return { reason: 'leak-git-metadata', explanation: `/testbed/.git/${path} is not part of the checkout` }
}

/** PEP 503 form of a distribution name. */
export function normalizedName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

/** What an installed distribution's `*.dist-info` says. */
export interface InstalledDistribution {
  readonly name: string
  readonly version: string
  /** Text of `direct_url.json`, or null where it came from the index. */
  readonly directUrl: string | null
}

/** The project itself may only be installed from the checkout, and nothing may come from elsewhere than the index. */
export function checkDistribution(installed: InstalledDistribution, projectNames: readonly string[]): Finding | null {
  const url = urlOf(installed.directUrl)
  const isProject = projectNames.map(normalizedName).includes(normalizedName(installed.name))
  if (url === 'file:///testbed' || url?.startsWith('file:///testbed/') === true) {
    return isProject && /\.(?:whl|tar\.gz|zip)$/.test(url) ? released(installed) : null
  }
  if (isProject) return released(installed)
  if (url === null) return null
  return {
    reason: 'image-tampered',
    explanation: `${installed.name} ${installed.version} was installed from ${url}, not from the index or the checkout`,
  }
}

function released(installed: InstalledDistribution): Finding {
  return {
    reason: 'leak-release-installed',
    explanation: `${installed.name} ${installed.version} is installed as a release, not from the checkout`,
  }
}

function urlOf(directUrl: string | null): string | null {
  if (directUrl === null) return null
  const match = /"url"\s*:\s*"([^"]*)"/.exec(directUrl)
  return match?.[1] ?? 'an unreadable direct_url.json'
}
