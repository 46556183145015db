/** What runs this program again: its binary, or the runtime and the file that it runs. */
export function ownCommand(): readonly string[] {
  const isCompiled = Bun.main.startsWith('/$bunfs/')
  return isCompiled ? [process.execPath] : [process.execPath, Bun.main]
}
