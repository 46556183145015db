import { normaliseName } from '../domain/distribution-name.ts'
import { type Finding, tampered } from './finding.ts'

/** `.pth` files that build tools write, to be run; that they are as written, the distribution's RECORD says. */
const knownPthFiles =
  /^(?:__editable__.*|_?__editables?_.*|distutils-precedence|.*-nspkg|_virtualenv|pytest-cov|a1_coverage|coloredlogs)\.pth$/

/** What `easy-install.pth` runs to put its directories first. */
const easyInstallLines = [
  'import sys; sys.__plen = len(sys.path)',
  "import sys; new=sys.path[sys.__plen:]; del sys.path[sys.__plen:]; p=getattr(sys,'__egginsert',0); sys.path[p:p]=new; sys.__egginsert = p+len(new)",
]

/** Lines of a `.pth` file name directories to import from; those that start with `import` are run by every Python. */
export function checkPthFile(path: string, text: string): Finding | null {
  const name = path.split('/').at(-1) ?? path
  const lines = linesOf(text)
  const isKnown = (line: string) =>
    knownPthFiles.test(name) || (name === 'easy-install.pth' && easyInstallLines.includes(line.trim()))
  if (lines.some((line) => isRun(line) && !isKnown(line))) {
    return tampered(`/${path} runs code at the start of every Python process (.pth file)`)
  }
  const elsewhere = lines.find((line) => !isRun(line) && !isOfTestbed(line))
  return elsewhere === undefined ? null : tampered(`/${path} lets Python import from ${elsewhere}`)
}

/** Folders of the repository, relative to it, that a `.pth` or `.egg-link` file or PYTHONPATH lets Python import from. */
export function importRootsIn(text: string): readonly string[] {
  const folders = linesOf(text).filter((line) => !isRun(line) && line.startsWith('/testbed'))
  return folders.map((folder) => folder.slice('/testbed/'.length).replace(/\/+$/, ''))
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r\n?|\n/).map((line) => line.trimEnd())
  return lines.filter((line) => line !== '' && !line.startsWith('#'))
}

function isRun(line: string): boolean {
  return /^import[ \t]/.test(line)
}

/** In /testbed, or beside the file that names it. */
export function isOfTestbed(directory: string): boolean {
  if (directory.startsWith('/')) return directory === '/testbed' || /^\/testbed\/(?!.*\.\.\/)/.test(directory)
  return !directory.startsWith('../') && !directory.includes('/../')
}

/** Bytecode that Python takes without looking at its source (PEP 552). */
export function checkBytecode(path: string, bytes: Uint8Array): Finding | null {
  const flags = path.endsWith('.pyc') && bytes.length > 8 ? Buffer.from(bytes.subarray(4, 8)).readUInt32LE() : 0
  return flags === 1 ? tampered(`/${path} is run whatever its source says`) : null
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
  const isProject = projectNames.map(normaliseName).includes(normaliseName(installed.name))
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
