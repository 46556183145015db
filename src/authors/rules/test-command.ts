import type { Runner, TestCommand } from '../../domain/environment.ts'
import type { Plan } from './plan.ts'

const commandOf: Readonly<Record<Runner, (files: readonly string[], options: readonly string[]) => string[]>> = {
  pytest: (files, options) => ['python', '-m', 'pytest', '-p', 'no:cacheprovider', '-rA', ...options, ...files],
  unittest: (files, options) => ['python', '-m', 'unittest', '-v', ...options, ...files],
  sympy: (files, options) => ['python', 'bin/test', '-C', '--verbose', ...options, ...files],
  django: (files, options) => [
    'python',
    'tests/runtests.py',
    '--verbosity',
    '2',
    '--settings=test_sqlite',
    '--parallel',
    '1',
    ...options,
    ...new Set(files.map(djangoLabel)),
  ],
}

/** The words that run exactly the plan's test files. */
export function renderTestCommand({ runner, testFiles, testOptions }: Plan): TestCommand {
  return { runner, argv: commandOf[runner](testFiles, testOptions) }
}

/** runtests.py names tests by module below `tests`. */
function djangoLabel(path: string): string {
  return path
    .replace(/^tests\//, '')
    .replace(/\.py$/, '')
    .replaceAll('/', '.')
}
