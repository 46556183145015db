import { distributionOfDottedModule, distributionOfModule } from './tables/import-names.ts'

/** The distribution that an index serves a module under: from the tables, or else the module's own name. */
export function distributionOf(module: string): string {
  const parts = module.split('.')
  for (let length = parts.length; length > 1; length -= 1) {
    const dotted = distributionOfDottedModule[parts.slice(0, length).join('.')]
    if (dotted !== undefined) return dotted
  }
  const top = parts[0] ?? module
  return distributionOfModule[top] ?? top.replaceAll('_', '-')
}
