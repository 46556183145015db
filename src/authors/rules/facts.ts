import type { Runner } from '../../domain/environment.ts'
import type { PythonChoice } from './python-version.ts'

/** What exploration read from the repository: all that the other roles of the rules author need. */
export interface RepositoryFacts {
  readonly python: PythonChoice
  /** ISO date as of which dependencies are resolved. */
  readonly date: string
  /** Normalised distribution name, or null where the repository is not a package. */
  readonly projectName: string | null
  /** Top-level modules and packages of the repository. */
  readonly ownModules: readonly string[]
  readonly buildBackend: string | null
  /** What building the project needs, setuptools and wheel aside. */
  readonly buildRequires: readonly string[]
  /** Version as of the commit, for tools that derive it from git tags; null where none is used. */
  readonly pretendVersion: string | null
  readonly isInstallable: boolean
  readonly extras: readonly string[]
  /** What the project needs to run, as far as its files say so literally. */
  readonly runtimeRequirements: readonly string[]
  /** Requirements besides the project's own, each as one word of a command line. */
  readonly requirements: readonly string[]
  /** Where the requirements and extras come from, for people. */
  readonly sources: readonly string[]
  readonly runner: Runner
  readonly testFiles: readonly string[]
  /** Options that the repository's own pytest configuration passes. */
  readonly pytestOptions: readonly string[]
}
