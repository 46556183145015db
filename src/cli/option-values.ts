import * as v from 'valibot'
import { parseBytes, parseDurationMs } from '../util/quantity.ts'

/** Building blocks of option schemas: each takes the text as typed and says what it would have taken. */

export const flag = v.optional(v.literal(true), undefined)

export const text = v.pipe(v.string(), v.nonEmpty('a value is wanted, not an empty one'))

export function wholeNumber(min: number, max: number) {
  return numberOf(/^\d{1,15}$/, min, max, 'a whole number')
}

export function decimal(min: number, max: number) {
  return numberOf(/^\d{1,9}(\.\d{1,6})?$/, min, max, 'a number')
}

function numberOf(pattern: RegExp, min: number, max: number, what: string) {
  return v.pipe(
    v.string(),
    v.check(
      (typed) => pattern.test(typed) && Number(typed) >= min && Number(typed) <= max,
      (issue) => `${what} from ${min} to ${max} is wanted, not ${issue.received}`,
    ),
    v.transform(Number),
  )
}

/** Bytes, as `512m` or `4g`. */
export const size = v.pipe(
  v.string(),
  v.check(
    (typed) => (parseBytes(typed) ?? 0) > 0,
    (issue) => `a size such as 512m or 4g is wanted, not ${issue.received}`,
  ),
  v.transform((typed) => parseBytes(typed) ?? 0),
)

/** Milliseconds, as `90s` or `30m`. */
export const duration = v.pipe(
  v.string(),
  v.check(
    (typed) => (parseDurationMs(typed) ?? 0) > 0,
    (issue) => `a time such as 90s or 30m is wanted, not ${issue.received}`,
  ),
  v.transform((typed) => parseDurationMs(typed) ?? 0),
)

/** As `2024-06-30`. */
export const day = v.pipe(
  v.string(),
  v.check(
    (typed) => /^\d{4}-\d\d-\d\d$/.test(typed) && !Number.isNaN(Date.parse(typed)),
    (issue) => `a day such as 2024-06-30 is wanted, not ${issue.received}`,
  ),
)

/** Words between commas, each once. */
export const list = v.pipe(
  text,
  v.transform((typed) => [...new Set(typed.split(',').map((word) => word.trim()))].filter((word) => word !== '')),
  v.minLength(1, 'at least one value is wanted'),
)

export function oneOf<const T extends string>(choices: readonly T[]) {
  return v.picklist(choices, (issue) => `one of ${choices.join(', ')} is wanted, not ${issue.received}`)
}

export function someOf<const T extends string>(choices: readonly T[]) {
  return v.pipe(list, v.array(oneOf(choices)))
}

export function allNoneOrSome<const T extends string>(choices: readonly T[]) {
  return v.union(
    [oneOf(['all', 'none']), someOf(choices)],
    (issue) => `all, none, or some of ${choices.join(', ')} is wanted, not ${issue.received}`,
  )
}
