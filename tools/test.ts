// bun tools/test.ts [ARGUMENTS OF bun test]: every check of the project, then its tests.
// The last line is `N passed, N failed`; a check that fails counts as one failure.
import { $ } from 'bun'
import { connectEngine } from '../src/cli/machine.ts'
import { ensureTestBaseImage } from '../test/support/base-image.ts'
import { ensurePythonReaders } from '../test/support/python-readers.ts'
import { ensureRegistryProgram } from '../test/support/registry-program.ts'

const checks: readonly (readonly string[])[] = [
  ['tsc', '--noEmit'],
  ['biome', 'check', '--error-on-warnings'],
  ['knip'],
  ['tools/build.ts'],
]

/** For one test. bunfig.toml has no such setting, and a call of setDefaultTimeout holds for one file only. */
const testTimeoutMs = 120_000

/** The checks that failed. All of them run, so that one failure does not hide the next. */
async function failedChecks(): Promise<readonly string[]> {
  const failed: string[] = []
  for (const words of checks) {
    const isOk = (await $`${process.execPath} run ${words}`.nothrow()).exitCode === 0
    console.log(`${isOk ? 'ok' : 'FAILED'}: ${words.join(' ')}`)
    if (!isOk) failed.push(words.join(' '))
  }
  return failed
}

/** What takes longer to make than any test may, so that it is made before them. */
const things: Readonly<Record<string, () => Promise<string>>> = {
  'base image': () => ensureTestBaseImage(connectEngine()),
  'Python readers of what is exported': ensurePythonReaders,
  'image registry': ensureRegistryProgram,
}

/** Those that could not be made. */
async function missingThings(): Promise<readonly string[]> {
  const missing: string[] = []
  for (const [name, ensure] of Object.entries(things)) {
    try {
      console.log(`ok: ${await ensure()}`)
    } catch (error) {
      console.log(`FAILED: ${name}`, error)
      missing.push(name)
    }
  }
  return missing
}

interface TestCounts {
  readonly passed: number
  readonly failed: number
}

/** Runs `bun test`, shows what it prints, and counts as its summary does: errors outside of tests are failures too. */
async function runTests(words: readonly string[]): Promise<TestCounts> {
  const child = Bun.spawn([process.execPath, 'test', `--timeout=${testTimeoutMs}`, ...words], {
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'pipe',
  })
  let tail = ''
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    process.stderr.write(text)
    tail = (tail + text).slice(-4096)
  }
  const exitCode = await child.exited
  const passed = countOf('pass', tail)
  const failed = countOf('fail', tail)
  return { passed, failed: exitCode === 0 ? failed : Math.max(failed, 1) }
}

function countOf(word: 'pass' | 'fail', summary: string): number {
  const lines = Bun.stripANSI(summary).matchAll(new RegExp(`^\\s*(\\d+) ${word}$`, 'gm'))
  return Number([...lines].at(-1)?.[1] ?? 0)
}

const broken = [...(await failedChecks()), ...(await missingThings())]
const counts = await runTests(process.argv.slice(2))
const failed = counts.failed + broken.length
if (broken.length > 0) console.log(`failed besides tests: ${broken.join('; ')}`)
console.log(`${counts.passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
