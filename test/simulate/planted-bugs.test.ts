import { expect, test } from 'bun:test'
import { plantedBugs } from './planted-bugs.ts'
import { simulate } from './world.ts'

/** The first seed that finds it; null where none does. */
function firstSeedThatFinds(bug: string): number | null {
  for (let seed = 1; seed <= 200; seed += 1) {
    const mutation = plantedBugs[bug]?.() ?? {}
    if (simulate(seed, { mutation }).violation !== null) return seed
  }
  return null
}

for (const bug of Object.keys(plantedBugs)) {
  test(`within 200 seeds it is found that ${bug}`, () => {
    expect(firstSeedThatFinds(bug)).not.toBeNull()
  })
}
