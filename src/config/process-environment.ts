/** One variable of this process's environment; undefined where it is not set, or empty. The only reader of it. */
export function environmentVariable(name: string): string | undefined {
  return process.env[name] || undefined
}
