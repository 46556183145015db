/** The form in which names of distributions are compared: lower case, runs of `-_.` as one `-` (PEP 503). */
export function normaliseName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}
