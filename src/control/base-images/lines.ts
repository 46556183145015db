import * as v from 'valibot'
import type { FoundImage } from '../../docker/images.ts'
import type { BaseImageOutcome, BaseImageProgress } from './build-base-images.ts'
import { baseImageName } from './template.ts'

/** What `openswe images … --json` prints, an object a line: for programs, and for control, which runs it on hosts. */
export type ImagesLine = v.InferOutput<typeof lineSchema>

const flavour = v.picklist(['debian', 'uv', 'conda'])

const lineSchema = v.variant('event', [
  /** As Docker names it: `amd64`. */
  v.object({ event: v.literal('engine'), architecture: v.string() }),
  v.object({
    event: v.literal('image'),
    image: v.string(),
    python: v.string(),
    flavour: v.nullable(v.string()),
    image_id: v.string(),
    /** Of what it was built from. */
    template: v.nullable(v.string()),
  }),
  v.object({
    event: v.literal('stage'),
    image: v.string(),
    flavour,
    stage: v.picklist(['bootstrapping', 'building', 'checking']),
  }),
  v.object({
    event: v.literal('outcome'),
    image: v.string(),
    python: v.string(),
    state: v.picklist(['built', 'up-to-date', 'failed', 'unavailable']),
    /** Of the image that is there now. */
    flavour: v.nullable(flavour),
    /** Why none could be built; the end of a log at most. */
    reasons: v.array(v.string()),
  }),
])

/** Null for a line that is none of ours, such as a shell prints at its start. */
export function parseImagesLine(line: string): ImagesLine | null {
  try {
    const parsed = v.safeParse(lineSchema, JSON.parse(line))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}

export function imageLine(python: string, { imageId, labels }: FoundImage): ImagesLine {
  return {
    event: 'image',
    image: baseImageName(python),
    python,
    flavour: labels['openswe.flavour'] ?? null,
    image_id: imageId,
    template: labels['openswe.template'] ?? null,
  }
}

export function stageLine({ python, flavour, stage }: BaseImageProgress): ImagesLine {
  return { event: 'stage', image: baseImageName(python), flavour, stage }
}

export function outcomeLine(outcome: BaseImageOutcome): ImagesLine {
  const { python, kind: state } = outcome
  const common = { event: 'outcome', image: baseImageName(python), python, state } as const
  switch (outcome.kind) {
    case 'built':
    case 'up-to-date':
      return { ...common, flavour: outcome.flavour, reasons: [] }
    case 'unavailable':
      return { ...common, flavour: null, reasons: [...outcome.obstacles] }
    case 'failed': {
      const reasons = outcome.failures.map(({ flavour, step, log }) => {
        return `${flavour}: ${step}: ${log.trimEnd().slice(-shownLogCharacters)}`
      })
      return { ...common, flavour: null, reasons }
    }
  }
}

const shownLogCharacters = 2000
