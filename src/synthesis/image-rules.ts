import { isTestPath } from '../domain/test-path.ts'
import { type Finding, tampered } from './finding.ts'
import { isOfTestbed } from './python-rules.ts'

/** Environment variables that change what is run, in the image's configuration. */
const forbiddenVariables =
  /^(?:PATH|BASH_ENV|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|ENV|PROMPT_COMMAND|LD_\w+|PYTHON(?:STARTUP|INSPECT|HOME|USERBASE|PYCACHEPREFIX|EXECUTABLE|PLATLIBDIR|PLATFORM)|PYTEST_\w+|GIT_\w+|HOME|XDG_\w+)=/

export function checkEnvironment(variables: readonly string[], baseVariables: readonly string[]): Finding | null {
  const isBad = (variable: string) => forbiddenVariables.test(variable) || importsFromElsewhere(variable)
  const bad = variables.find((variable) => !baseVariables.includes(variable) && isBad(variable))
  return bad === undefined ? null : tampered(`the image sets ${bad.split('=')[0]}, which changes what is run`)
}

function importsFromElsewhere(variable: string): boolean {
  return pythonPath([variable]).some((directory) => !(directory.startsWith('/') && isOfTestbed(directory)))
}

/** The folders that PYTHONPATH names. */
export function pythonPath(variables: readonly string[]): readonly string[] {
  const name = 'PYTHONPATH='
  const value = variables.find((variable) => variable.startsWith(name))?.slice(name.length) ?? ''
  return value.split(':').filter((folder) => folder !== '')
}

/** Lines of a shell's start-up file that only choose the environment that is chosen anyway. */
const harmlessStartLines =
  /^(?:#.*|(?:source|\.) (?:\/opt\/conda\/(?:etc\/profile\.d\/conda\.sh|bin\/activate(?: \w+)?)|(?:~|\/root|\$HOME)\/\.bashrc)|conda (?:de)?activate(?: \w+)?|cd \/testbed\/?|if \[ "\$BASH" \]|if \[ -f ~\/\.bashrc \]|then|fi|mesg n 2> \/dev\/null \|\| true|)$/

/** Only root's own start-up files are read here; those of the system no layer may change. */
export function checkShellStart(path: string, bytes: Uint8Array): Finding | null {
  if (!/^root\/\.(?:bashrc|bash_profile|profile|bash_login|bash_logout)$/.test(path)) return null
  const commands = new TextDecoder()
    .decode(bytes)
    .split(/\r?\n|;|&&/)
    .map((command) => command.trim().replaceAll(/ +/g, ' '))
  const bad = commands.find((command) => !harmlessStartLines.test(command))
  return bad === undefined ? null : tampered(`/${path} changes what every shell does first: ${bad}`)
}

/** Untracked files in the repository that would configure or shadow the test runner. */
const runnerFiles =
  /(?:^|\/)(?:conftest\.py|pytest\.ini|\.pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml|sitecustomize\.py|usercustomize\.py)$|-pytest-[^/]*\.pyc$/

/** Modules in a folder that Python imports from; they come before others of their name. */
const rootModules = /^[^/]+\.pyc?$|^[^/]+\/__init__\.pyc?$/
/** Packages that test runners are made of; where the commit has one of them, it is the project's own. */
const runnerPackages = /^(?:_?pytest|unittest|pluggy|django|xmlrunner)\//

/** Copies that builds make; nothing is imported from there by its own name. */
const buildFolders = /^(?:build|dist|\.eggs)\/|(?:^|\/)[^/]+\.egg-info\//

/**
 * `importRoots` are folders of the repository that Python imports from, besides its root. A file that a build generates
 * in a package of the commit shadows nothing.
 */
export function checkUntracked(
  path: string,
  importRoots: readonly string[] = [],
  isTracked: (path: string) => boolean = () => false,
): Finding | null {
  const isBuilt = buildFolders.test(path)
  const isTest = /\.pyc?$/.test(path) && !path.includes('__pycache__/') && isTestPath(path)
  const isShadowing = (root: string) => {
    const module = path.slice(root.length)
    const runner = runnerPackages.exec(module)?.[0]
    const isForeign = runner !== undefined && !isTracked(`${root}${runner}__init__.py`)
    return path.startsWith(root) && (rootModules.test(module) || isForeign)
  }
  const isImported = importRoots.some((root) => isShadowing(`${root}/`))
  if (!isImported && (isBuilt || !(isTest || runnerFiles.test(path) || isShadowing('')))) return null
  return {
    reason: 'testbed-differs-from-base',
    explanation: `/testbed/${path} is not in the commit and is, configures or shadows tests or their runner`,
  }
}
