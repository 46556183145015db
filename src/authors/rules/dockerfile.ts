import { testbedPath } from '../../domain/environment.ts'
import { shellJoin, shellQuote } from '../../util/shell-quote.ts'
import { buildToolDate, isBuildTool } from './build-backend.ts'
import type { Plan } from './plan.ts'
import { buildToolFloors } from './tables/build-tools.ts'

const activate = '. /opt/conda/etc/profile.d/conda.sh && conda activate testbed'

/** Text files that uv reads options from, by option; they live as long as their RUN. */
const fileOptions = [
  ['--build-constraints', 'buildConstraints'],
  ['--overrides', 'overrides'],
  ['--excludes', 'excludes'],
] as const

/** The Dockerfile of a plan: what changes least comes first, and nothing is left behind but what was installed. */
export function renderDockerfile(plan: Plan): string {
  const lines = [
    `FROM openswe-python-${plan.pythonVersion}`,
    `COPY repo ${testbedPath}`,
    `WORKDIR ${testbedPath}`,
    ...systemPackageLines(plan),
    ...buildToolLines(plan),
    ...installLines(plan),
    ...Object.entries(plan.variables).map(([name, value]) => `ENV ${name}=${shellQuote(value)}`),
  ]
  return `${lines.join('\n')}\n`
}

function systemPackageLines({ systemPackages }: Plan): string[] {
  if (systemPackages.length === 0) return []
  const names = shellJoin([...systemPackages].sort())
  return [`RUN apt-get update && apt-get install -y --no-install-recommends ${names} && rm -rf /var/lib/apt/lists/*`]
}

/** What builds the project where it is not built in isolation; uv keeps newer tools unless told to reinstall. */
function buildToolLines(plan: Plan): string[] {
  if (!['editable', 'editable-in-place', 'setup-develop'].includes(plan.installMode)) return []
  const bounds = plan.buildConstraints.filter(isBuildTool)
  const common = ['setuptools', 'wheel'].filter((tool) => !bounds.some((bound) => bound.startsWith(tool)))
  const named = plan.buildRequires.filter(isBuildTool)
  const others = plan.buildRequires.filter((requirement) => !isBuildTool(requirement))
  const asOfTools = { ...plan, ...buildToolDates(plan) }
  return [
    run([uvInstall(asOfTools, ['--reinstall', ...common, ...bounds, ...named])]),
    ...requirementLines(plan, others),
  ]
}

/** Build tools have a date of their own; only what a repair made younger than that stays. */
function buildToolDates({ date, packageDates, pythonVersion }: Plan): Pick<Plan, 'date' | 'packageDates'> {
  if (date === null) return { date, packageDates }
  const toolDate = buildToolDate(date, pythonVersion)
  const younger = Object.entries(packageDates).filter(([, day]) => day === 'false' || day > toolDate)
  return { date: toolDate, packageDates: Object.fromEntries(younger.filter(([name]) => name in buildToolFloors)) }
}

function installLines(plan: Plan): string[] {
  const requirements = plan.requirements
  const all = [...plan.runtimeRequirements, ...requirements]
  switch (plan.installMode) {
    case 'editable':
    case 'editable-in-place':
    case 'editable-isolated':
      return [run([...variables(plan), uvInstall(plan, [...editableOptions(plan), ...requirements])])]
    case 'setup-develop':
      return [...requirementLines(plan, all), run([...variables(plan), 'python setup.py develop --no-deps'])]
    case 'path-only':
    case 'requirements-only':
      return requirementLines(plan, all)
  }
}

function requirementLines(plan: Plan, requirements: readonly string[]): string[] {
  return requirements.length === 0 ? [] : [run([uvInstall(plan, requirements)])]
}

/**
 * `compat` keeps the folder on the path, as installs of every age did, instead of an import hook. uv knows the name of a
 * setup.py only after it began to build, so that `editable` still asks an isolated setuptools for it.
 */
function editableOptions({ projectName, installMode, isBuiltBySetuptools, extras }: Plan): string[] {
  const target = extras.length === 0 ? '.' : `.[${extras.join(',')}]`
  if (installMode === 'editable-isolated') return ['--editable', target]
  if (installMode === 'editable' && projectName !== null) {
    const mode = `${projectName}:editable_mode=compat`
    return ['--no-build-isolation-package', projectName, '--config-settings-package', mode, '--editable', target]
  }
  const settings = isBuiltBySetuptools ? ['--config-settings', 'editable_mode=compat'] : []
  return ['--no-build-isolation', ...settings, '--editable', target]
}

function variables({ buildVariables }: Plan): string[] {
  return Object.entries(buildVariables).map(([name, value]) => `export ${name}=${shellQuote(value)}`)
}

/** Compiled at once, so that warnings about old syntax come here and not in a test run that turns them into errors. */
function uvInstall(plan: Plan, words: readonly string[]): string {
  const files = fileOptions.filter(([, key]) => plan[key].length > 0)
  const writes = files.map(([option, key]) => `printf '%s\\n' ${shellJoin(plan[key])} > ${filePath(option)}`)
  const removals = files.map(([option]) => filePath(option))
  const command = [
    'uv pip install --no-cache --compile-bytecode',
    ...dateOptions(plan),
    ...files.map(([option]) => `${option} ${filePath(option)}`),
    shellJoin(words),
  ].join(' ')
  return [...writes, command, ...(removals.length > 0 ? [`rm ${removals.join(' ')}`] : [])].join(' && ')
}

function dateOptions({ date, packageDates }: Plan): string[] {
  if (date === null) return []
  const own = Object.entries(packageDates).sort(([a], [b]) => (a < b ? -1 : 1))
  return [`--exclude-newer ${date}`, ...own.map(([name, day]) => `--exclude-newer-package ${name}=${day}`)]
}

function filePath(option: string): string {
  return `/tmp/uv${option.replaceAll('--', '-')}.txt`
}

function run(commands: readonly string[]): string {
  return `RUN ${[activate, ...commands].join(' && \\\n    ')}`
}
