/** What each exit code of the program means. `--help` prints this table. */
export const exitCodes = {
  success: 0,
  internal: 1,
  usage: 2,
  unresolved: 3,
  preflight: 5,
  crash: 70,
  interrupted: 130,
  pipeClosed: 141,
  terminated: 143,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodeTable: readonly (readonly [ExitCode, string])[] = [
  [exitCodes.success, 'done; of a run: every instance has a verdict (rows that are broken are listed and counted)'],
  [exitCodes.internal, 'an error of openswe itself; of `demo`: an outcome is not as expected'],
  [exitCodes.usage, 'wrong command, option or input; of a run: no row of the file could be run'],
  [exitCodes.unresolved, 'the machinery failed for some instances; the same command again tries them again'],
  [exitCodes.preflight, 'this machine, a host or the database cannot be used (`openswe doctor` says what is missing)'],
  [exitCodes.crash, 'an error of openswe that nothing caught'],
  [exitCodes.interrupted, 'interrupted (Ctrl-C, or `openswe stop`); the same command continues it'],
  [exitCodes.pipeClosed, 'whoever read the output went away'],
  [exitCodes.terminated, 'terminated (SIGTERM); the same command continues it'],
]
