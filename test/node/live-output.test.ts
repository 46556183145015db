import { expect, test } from 'bun:test'
import { LiveOutput } from '../../src/node/live-output.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('each stage that printed has a line above that, and so has the one that goes on', () => {
  const output = new LiveOutput('synthesis')
  expect(output.text()).toBe('')
  output.entered('fetch', 0)
  expect(output.text()).toBe('\n===== fetch\n')
  output.entered('explore', 1)
  output.entered('build', 1)
  output.print(bytes('step 1\n'))
  output.print(bytes('step 2\n'))
  output.entered('audit', 1)
  expect(output.text()).toBe('\n===== iteration 1: build\nstep 1\nstep 2\n\n===== iteration 1: audit\n')
})

test('of a rollout solving alone has steps', () => {
  const output = new LiveOutput('rollout')
  output.entered('build', 1)
  output.print(bytes('built\n'))
  output.entered('solve', 3)
  output.print(bytes('$ ls\n'))
  output.entered('grade', 1)
  expect(output.text()).toBe('\n===== build\nbuilt\n\n===== step 3: solve\n$ ls\n\n===== grade\n')
})

test('however much a stage prints, its end is kept, and a line longer than that too', () => {
  const output = new LiveOutput('synthesis')
  output.entered('build', 1)
  for (let line = 0; line < 100_000; line += 1) output.print(bytes(`line ${line}\n`))
  const text = output.text()
  expect(text).toMatch(/^line \d+\n/)
  expect(text).toEndWith('\nline 99999\n')
  expect(text.length).toBeLessThanOrEqual(16 * 1024)
  output.print(bytes(`${'x'.repeat(100_000)}\n`))
  expect(output.text()).toMatch(/^x{10000,}\n$/)
})
