import type { DockerfileRules } from './dockerfile-check.ts'

const installers =
  /\b(?:pip[\d.]*|uv|conda|mamba|easy_install|pipx|poetry|pdm)\b[^\n;&|]*?\b(?:install|add|download|wheel|sync)\b([^\n;&|]*)/g

/** The word of a RUN command that would fetch the project itself, by any spelling, or null. */
export function fetchesProject(command: string, rules: Pick<DockerfileRules, 'repo' | 'projectNames'>): string | null {
  const names = new Set(rules.projectNames.map(normalized))
  for (const match of command.replace(/\\\n/g, ' ').matchAll(installers)) {
    for (const word of wordsOf(match[1] ?? '')) {
      if (namesProject(word, names) || namesRepository(word, rules.repo)) return word
    }
  }
  return null
}

/** Options whose value names a package, a file or a date, and installs nothing by itself. */
const valueOptions =
  /^(?:--(?:no-build-isolation|exclude-newer|config-settings|upgrade|reinstall|refresh|no-binary|no-build|no-sources)-package|--exclude-newer|--config-settings?|--(?:no|only)-binary|--constraints?|--overrides?|--python|-C|-c|-p|-P)$/

/** What an install command is asked to install: its words without options and their values. */
function wordsOf(text: string): string[] {
  const words = (text.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []).map((word) => word.replace(/['"]/g, ''))
  return words.filter((_, at) => !valueOptions.test(words[at - 1] ?? ''))
}

/** `name`, `Name[extra]==2.0`, `name @ url`, an archive or wheel of that name; never an option or a path of the checkout. */
function namesProject(word: string, names: ReadonlySet<string>): boolean {
  if (word.startsWith('-') || word.startsWith('.') || word.startsWith('/')) return false
  const file = /([A-Za-z0-9][\w.-]*?)-\d[\w.!+]*(?:-[\w.]+)*\.(?:whl|tar\.gz|zip|tar\.bz2)$/.exec(
    word.split('/').at(-1) ?? '',
  )
  if (file?.[1] !== undefined && names.has(normalized(file[1]))) return true
  const requirement = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?:[=<>!~@;].*)?$/.exec(word)
  return requirement?.[1] !== undefined && names.has(normalized(requirement[1]))
}

function namesRepository(word: string, repo: string): boolean {
  return /(?:git\+|:\/\/)/.test(word) && word.toLowerCase().includes(repo.toLowerCase())
}

function normalized(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}
