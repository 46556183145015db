import {
  type BaseImageOptions,
  type BaseImageOutcome,
  type BaseImageProgress,
  buildBaseImages,
} from '../control/base-images/build-base-images.ts'
import { outcomeLine, stageLine } from '../control/base-images/lines.ts'
import { baseImageName } from '../control/base-images/template.ts'
import type { Engine } from '../docker/engine.ts'
import { printable } from '../util/printable.ts'
import { formatDuration } from '../util/quantity.ts'
import { inColour } from './colour.ts'
import type { Terminal } from './terminal.ts'

/** Builds base images and says how it went; false where one of them is not there afterwards. */
export async function buildImages(
  engine: Engine,
  options: Omit<BaseImageOptions, 'onProgress'>,
  terminal: Terminal,
  json = false,
): Promise<boolean> {
  const outcomes = await buildBaseImages(engine, {
    ...options,
    onProgress: (progress) => {
      if (json) terminal.out(`${JSON.stringify(stageLine(progress))}\n`)
      else terminal.err(`${progressLine(progress)}\n`)
    },
  })
  for (const outcome of outcomes) {
    terminal.out(`${json ? JSON.stringify(outcomeLine(outcome)) : outcomeLines(terminal, outcome)}\n`)
  }
  return outcomes.every((outcome) => outcome.kind === 'built' || outcome.kind === 'up-to-date')
}

function progressLine({ python, flavour, stage }: BaseImageProgress): string {
  return `${baseImageName(python)}: ${stage} (${flavour})`
}

function outcomeLines(terminal: Terminal, outcome: BaseImageOutcome): string {
  const name = baseImageName(outcome.python)
  switch (outcome.kind) {
    case 'built':
      return `${inColour(terminal, 'green', 'built')} ${name} (${outcome.flavour}) in ${formatDuration(outcome.durationMs)}`
    case 'up-to-date':
      return `${inColour(terminal, 'green', 'up to date')} ${name} (${outcome.flavour})`
    case 'unavailable': {
      const obstacles = outcome.obstacles.map((obstacle) => `  ${obstacle}`).join('\n')
      return `${inColour(terminal, 'red', 'cannot be built here')} ${name}\n${obstacles}`
    }
    case 'failed': {
      const failures = outcome.failures.map(({ flavour, step, log }) => {
        return `  ${flavour}: ${printable(step)}\n${printable(log.trimEnd(), 'lines').replace(/^/gm, '    ')}`
      })
      return `${inColour(terminal, 'red', 'failed')} ${name}\n${failures.join('\n')}`
    }
  }
}
