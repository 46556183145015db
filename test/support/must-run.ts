import { type ProcessOptions, runProcess } from '../../src/util/process.ts'

/** What the program printed; throws with what it complained of where it fails. */
export async function mustRun(argv: readonly string[], options: ProcessOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess(argv, options)
  const printed = new TextDecoder().decode(stdout)
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} exited with ${exitCode}: ${stderr}${printed}`)
  return printed
}
