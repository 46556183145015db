import { normaliseName, parseRequirement } from './parsers/requirement.ts'
import type { InstallMode, Plan } from './plan.ts'

/** One change to a plan. Plain JSON, so that it is stored with the iteration that asked for it. */
export type PlanChange =
  | { readonly kind: 'python'; readonly version: string }
  | { readonly kind: 'system-packages'; readonly packages: readonly string[] }
  | { readonly kind: 'require'; readonly requirements: readonly string[] }
  | { readonly kind: 'exclude'; readonly packages: readonly string[] }
  | { readonly kind: 'override'; readonly requirements: readonly string[] }
  | { readonly kind: 'build-constrain'; readonly requirements: readonly string[] }
  | { readonly kind: 'build-require'; readonly requirements: readonly string[] }
  | { readonly kind: 'package-date'; readonly packages: readonly string[]; readonly date: string }
  | { readonly kind: 'any-date' }
  | { readonly kind: 'wheels-only'; readonly packages: readonly string[] }
  | { readonly kind: 'install-mode'; readonly mode: InstallMode }
  | { readonly kind: 'without-extras'; readonly extras: readonly string[] }
  | { readonly kind: 'variables'; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: 'build-variables'; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: 'test-options'; readonly options: readonly string[] }

/** The plan after a change. */
export function changePlan(plan: Plan, change: PlanChange): Plan {
  switch (change.kind) {
    case 'python':
      return { ...plan, pythonVersion: change.version }
    case 'system-packages':
      return { ...plan, systemPackages: union(plan.systemPackages, change.packages) }
    case 'require':
      return { ...plan, requirements: withRequirements(plan.requirements, change.requirements) }
    case 'exclude':
      return exclude(plan, change.packages)
    case 'override':
      return { ...plan, overrides: withRequirements(plan.overrides, change.requirements) }
    case 'build-constrain':
      return { ...plan, buildConstraints: withRequirements(plan.buildConstraints, change.requirements) }
    case 'build-require':
      return { ...plan, buildRequires: withRequirements(plan.buildRequires, change.requirements) }
    case 'package-date': {
      const dates = change.packages.map((name) => [normaliseName(name), change.date] as const)
      return { ...plan, packageDates: { ...plan.packageDates, ...Object.fromEntries(dates) } }
    }
    case 'any-date':
      return { ...plan, date: null }
    case 'wheels-only':
      return { ...plan, wheelsOnly: union(plan.wheelsOnly, change.packages.map(normaliseName)) }
    case 'install-mode':
      return { ...plan, installMode: change.mode }
    case 'without-extras':
      return { ...plan, extras: plan.extras.filter((extra) => !change.extras.includes(extra)) }
    case 'variables':
      return { ...plan, variables: { ...plan.variables, ...change.variables } }
    case 'build-variables':
      return { ...plan, buildVariables: { ...plan.buildVariables, ...change.variables } }
    case 'test-options':
      return { ...plan, testOptions: union(plan.testOptions, change.options) }
  }
}

/** Whether a change concerns only the test command, so that nothing is built for it. */
export function isTestCommandChange(change: PlanChange): boolean {
  return change.kind === 'test-options'
}

function exclude(plan: Plan, packages: readonly string[]): Plan {
  const names = packages.map(normaliseName)
  const isKept = (requirement: string) => !names.includes(parseRequirement(requirement)?.name ?? '')
  return { ...plan, requirements: plan.requirements.filter(isKept), excludes: union(plan.excludes, names) }
}

/** Adds requirements; one that is there already by the same name gets the new bound beside its own, or is replaced by it. */
function withRequirements(present: readonly string[], added: readonly string[]): string[] {
  const names = added.map((requirement) => parseRequirement(requirement)?.name)
  const isBare = (requirement: string) => {
    const parsed = parseRequirement(requirement)
    return parsed !== null && parsed.specifier === '' && parsed.extras.length === 0 && names.includes(parsed.name)
  }
  return [...new Set([...present.filter((requirement) => !isBare(requirement)), ...added])]
}

function union(present: readonly string[], added: readonly string[]): string[] {
  return [...new Set([...present, ...added])]
}
