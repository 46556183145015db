/** The command line, or a file it names, is wrong; the message says what and how it should be. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** This machine is not ready; each problem names what is missing and what mends it. */
export class PreflightError extends Error {
  override readonly name = 'PreflightError'
}
