import packageFile from '../package.json' with { type: 'json' }

/** argv → subcommand → exit code. Nothing is loaded before it is needed, and nothing is awaited at the top level. */
async function main(): Promise<void> {
  const words = process.argv.slice(2)
  if (words[0] === '--version' || words[0] === '-v') {
    console.log(`openswe ${packageFile.version}`)
    return
  }
  const { runProgram } = await import('./cli/program.ts')
  process.exit(await runProgram(words))
}

function crash(error: unknown): void {
  console.error(`openswe: crashed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  process.exit(70)
}

process.on('uncaughtException', crash)
process.on('unhandledRejection', crash)
void main()
