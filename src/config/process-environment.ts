/** One variable of this process's environment; undefined where it is not set, or empty. */
export function environmentVariable(name: string): string | undefined {
  return process.env[name] || undefined
}

/** All of them, for a program of the user's own that is started in their name. */
export function environmentVariables(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}
