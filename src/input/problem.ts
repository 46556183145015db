/** One thing that is wrong with a row. An error keeps the row out; a warning leaves it in. */
export interface RowProblem {
  readonly severity: 'error' | 'warning'
  /** Stable, such as `E_TASK_FIELD`. */
  readonly code: string
  /** `what — fix`, naming the field. */
  readonly message: string
}

/** A problem at its place in the file. */
export interface InputProblem extends RowProblem {
  /** From 1; 0 where the file as a whole is meant. */
  readonly line: number
  readonly instance_id?: string
}

/** The one line that a person reads about a problem: `error[CODE]: file:line: what — fix`. */
export function describeProblem(file: string, problem: InputProblem): string {
  const place = problem.line === 0 ? file : `${file}:${problem.line}`
  return `${problem.severity}[${problem.code}]: ${place}: ${problem.message}`
}
