import { distributionOf } from '../distribution-of-module.ts'
import type { PlanChange } from '../plan-change.ts'
import { comparePython } from '../python-version.ts'
import { type PythonChangeRow, pythonChangeRows } from '../tables/python-changes.ts'
import { standardLibrary } from '../tables/standard-library.ts'
import { upperBoundRows } from '../tables/upper-bounds.ts'
import { captures, isOwn, type RepairRow, requireAll, type Situation } from './repair-row.ts'
import { younger } from './resolve-rows.ts'

const pythonRows: readonly RepairRow[] = pythonChangeRows.map((row) => ({
  name: `python-${row.name}`,
  why: row.removedIn === undefined ? `it came with Python ${row.addedIn}` : `it went with Python ${row.removedIn}`,
  from: ['run'],
  sees: new RegExp(row.sees.source, `${row.sees.flags}g`),
  change: (_, situation) => otherPython(row, situation) ?? row.otherwise ?? null,
}))

const boundRows: readonly RepairRow[] = upperBoundRows.map(({ name, sees, requirements }) => ({
  name: `bound-${name}`,
  why: 'a later version dropped what is used here',
  from: ['run'],
  sees: new RegExp(sees.source, `${sees.flags}g`),
  change: () => ({ kind: 'require', requirements }),
}))

/** What imports say: modules that are missing, names that are gone, libraries older than the Python. */
export const libraryRows: readonly RepairRow[] = [
  ...boundRows,
  ...pythonRows,
  {
    name: 'missing-module',
    why: 'tests import it',
    from: ['run'],
    sees: /(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)|Error importing plugin "([\w.]+)"/g,
    change: (matches, situation) => requireAll(foreign(captures(matches), situation).map(distributionOf)),
  },
  {
    name: 'own-module-not-on-path',
    why: 'the project is not importable from where it stands',
    from: ['run'],
    sees: /(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)/g,
    change: (matches, { facts }) => {
      const isTop = captures(matches).some((module) => facts.ownModules.includes(module))
      return isTop ? { kind: 'variables', variables: { PYTHONPATH: '/testbed:/testbed/src:/testbed/lib' } } : null
    },
  },
  {
    name: 'library-older-than-python',
    why: 'the library fails inside itself; a later one knows this Python',
    from: ['run'],
    sees: /site-packages\/(\w+)[\w/]*(?:\.py|\.so)[^\n]*\n(?:(?!\s*File |\S*\.py:\d+)[^\n]*\n){0,12}?(?:E\s+)?(?:TypeError|AttributeError|ImportError|SyntaxError|SystemError|ValueError|RuntimeError)\b/g,
    change: (matches, situation) => {
      const last = foreign(captures(matches), situation).at(-1)
      return last === undefined ? null : younger([distributionOf(last)], situation)
    },
  },
  {
    name: 'name-missing-in-library',
    why: 'the library is too old for the name that is imported',
    from: ['run'],
    sees: /ImportError: cannot import name '?\w+'? from '?([\w.]+)/g,
    change: (matches, situation) => {
      const modules = foreign(captures(matches), situation)
      return modules.length === 0 ? null : younger(modules.map(distributionOf), situation)
    },
  },
  {
    name: 'skipped-for-module',
    why: 'tests are skipped for want of it',
    from: ['run'],
    sees: /SKIPPED?\b[^\n]*(?:could not import|No module named|requires?|needs?|missing) '?([A-Za-z_][\w.]*)'?/g,
    change: (matches, situation) => {
      const modules = foreign(captures(matches), situation).filter((module) => !commonWords.has(module))
      return requireAll(modules.map(distributionOf))
    },
  },
  {
    name: 'pytest-internal-error',
    why: 'pytest itself is too old for this Python',
    from: ['run'],
    sees: /INTERNALERROR>|_pytest\/\w+[^\n]*\n[^\n]*\n(?:E\s+)?(?:TypeError|AttributeError|ImportError)/g,
    change: (_, situation) =>
      situation.facts.projectName === 'pytest' ? null : younger(['pytest', 'pluggy', 'attrs', 'py'], situation),
  },
]

/** Words that follow "requires" in reasons for skipping, and that no index should be asked for. */
const commonWords = new Set([
  'a',
  'an',
  'the',
  'network',
  'internet',
  'python',
  'Python',
  'windows',
  'Windows',
  'linux',
  'macOS',
  'root',
  'sudo',
  'at',
  'to',
  'be',
  'admin',
  'docker',
  'GPU',
  'gpu',
  'CUDA',
  'cuda',
  'connection',
  'access',
  'py3',
  'py2',
  'not',
  'no',
])

/** Modules that an index may serve: neither the project's own nor Python's. */
function foreign(modules: readonly string[], situation: Situation): string[] {
  return modules.filter((module) => !isOwn(module, situation) && !standardLibrary.has(module.split('.')[0] ?? module))
}

/** Another Python at hand that has the name: the newest below, or the oldest from where it is there. */
function otherPython({ removedIn, addedIn }: PythonChangeRow, { brief, plan }: Situation): PlanChange | null {
  const sorted = [...brief.pythonVersions].sort(comparePython)
  const version =
    removedIn === undefined
      ? sorted.find((candidate) => comparePython(candidate, addedIn ?? '') >= 0)
      : sorted.findLast((candidate) => comparePython(candidate, removedIn) < 0)
  const isWrong =
    removedIn === undefined
      ? comparePython(plan.pythonVersion, addedIn ?? '') < 0
      : comparePython(plan.pythonVersion, removedIn) >= 0
  return version === undefined || !isWrong ? null : { kind: 'python', version }
}
