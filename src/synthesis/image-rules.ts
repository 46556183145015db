import { isTestPath } from '../domain/test-path.ts'
import type { RejectionReason } from '../domain/verdict.ts'
import { zlibStart } from './unfold.ts'

/** Something in an image that must not be there. */
export interface Finding {
  readonly reason: RejectionReason
  readonly explanation: string
}

/** `.pth` files that build tools write, to be run; that they are as written, the distribution's RECORD says. */
const knownPthFiles =
  /^(?:__editable__.*|_?__editables?_.*|distutils-precedence|.*-nspkg|_virtualenv|pytest-cov|a1_coverage|coloredlogs)\.pth$/

/** What `easy-install.pth` runs to put its directories first. */
const easyInstallLine = /^import sys; (?:sys\.__plen = len\(sys\.path\)|new ?= ?sys\.path\[sys\.__plen:\]; [^\n'"]*)$/

/** Lines of a `.pth` file name directories to import from; those that start with `import` are run by every Python. */
export function checkPthFile(path: string, text: string): Finding | null {
  const name = path.split('/').at(-1) ?? path
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const isRun = (line: string) => /^import[ \t]/.test(line)
  const isKnown = (line: string) =>
    knownPthFiles.test(name) || (name === 'easy-install.pth' && easyInstallLine.test(line))
  if (lines.some((line) => isRun(line) && !isKnown(line))) {
    return tampered(`/${path} runs code at the start of every Python process (.pth file)`)
  }
  const elsewhere = lines.find((line) => !isRun(line) && !isOfTestbed(line.trim()))
  return elsewhere === undefined ? null : tampered(`/${path} lets Python import from ${elsewhere}`)
}

/** In /testbed, or beside the file that names it. */
function isOfTestbed(directory: string): boolean {
  if (directory.startsWith('/')) return directory === '/testbed' || /^\/testbed\/(?!.*\.\.\/)/.test(directory)
  return !directory.startsWith('../') && !directory.includes('/../')
}

/** Bytecode that Python takes without looking at its source (PEP 552). */
export function checkBytecode(path: string, bytes: Uint8Array): Finding | null {
  const flags = path.endsWith('.pyc') && bytes.length > 8 ? Buffer.from(bytes.subarray(4, 8)).readUInt32LE() : 0
  return flags === 1 ? tampered(`/${path} is run whatever its source says`) : null
}

function tampered(explanation: string): Finding {
  return { reason: 'image-tampered', explanation }
}

/** Environment variables that change what is run, in the image's configuration. */
const forbiddenVariables =
  /^(?:PATH|BASH_ENV|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|ENV|PROMPT_COMMAND|LD_\w+|PYTHON(?:STARTUP|INSPECT|HOME|USERBASE|PYCACHEPREFIX|EXECUTABLE|PLATLIBDIR|PLATFORM)|PYTEST_\w+|GIT_\w+)=/

export function checkEnvironment(variables: readonly string[], baseVariables: readonly string[]): Finding | null {
  const isBad = (variable: string) => forbiddenVariables.test(variable) || importsFromElsewhere(variable)
  const bad = variables.find((variable) => !baseVariables.includes(variable) && isBad(variable))
  return bad === undefined ? null : tampered(`the image sets ${bad.split('=')[0]}, which changes what is run`)
}

function importsFromElsewhere(variable: string): boolean {
  if (!variable.startsWith('PYTHONPATH=')) return false
  const directories = variable.slice('PYTHONPATH='.length).split(':')
  return directories.some((directory) => directory !== '' && !(directory.startsWith('/') && isOfTestbed(directory)))
}

/** Git objects under another name: a bundle, a pack or a loose object, known by how it begins. */
export function checkContent(path: string, bytes: Uint8Array): Finding | null {
  const start = latin1(bytes.subarray(0, 16))
  const isPacked = /^# v[23] git bundle/.test(start) || /^PACK\0\0\0[\x02\x03]/.test(start)
  const isLoose = /^(?:blob|tree|commit|tag) \d+\0/.test(latin1(zlibStart(bytes, 32) ?? new Uint8Array()))
  if (!isPacked && !isLoose) return null
  return {
    reason: 'leak-foreign-repository',
    explanation: `/${path} holds git objects outside the checked-out repository`,
  }
}

/** Git's configuration outside of the repository counts for it as well. */
export function checkGitConfig(path: string, bytes: Uint8Array): Finding | null {
  if (!/^(?:root\/\.gitconfig|root\/\.config\/git\/config|(?:usr\/local\/)?etc\/gitconfig)$/.test(path)) return null
  if (!/^\s*\[\s*(?:remote|include|includeif|url)\b/im.test(new TextDecoder().decode(bytes))) return null
  return { reason: 'leak-git-metadata', explanation: `/${path} says where more of the repository is` }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** Untracked files in the repository that would configure or shadow the test runner. */
const runnerFiles =
  /(?:^|\/)(?:conftest\.py|pytest\.ini|\.pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml|sitecustomize\.py|usercustomize\.py)$|-pytest-[^/]*\.pyc$/

/** Modules at the root, which come before every other of their name. */
const rootModules = /^[^/]+\.pyc?$|^[^/]+\/__init__\.pyc?$|^(?:_?pytest|unittest|pluggy|django|xmlrunner)\//

/** Copies that builds make; nothing is imported from there by its own name. */
const buildFolders = /^(?:build|dist|\.eggs)\/|(?:^|\/)[^/]+\.egg-info\//

export function checkUntracked(path: string): Finding | null {
  if (buildFolders.test(path)) return null
  const isTest = /\.pyc?$/.test(path) && !path.includes('__pycache__/') && isTestPath(path)
  if (!isTest && !runnerFiles.test(path) && !rootModules.test(path)) return null
  return {
    reason: 'testbed-differs-from-base',
    explanation: `/testbed/${path} is not in the commit and is, configures or shadows tests or their runner`,
  }
}

/** `.git` entries that a checkout of ours has; HEAD, config and shallow are compared by content elsewhere. */
const gitFiles =
  /^(?:HEAD|config|index|shallow|objects\/[0-9a-f]{2}\/[0-9a-f]{38,62}|objects\/pack\/pack-[0-9a-f]+\.(?:pack|idx|rev)|objects\/info\/commit-graph)$/

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
