/** Where somebody is in a list. */
export interface ListPlace {
  readonly selected: number
  /** The first one that is shown. */
  readonly top: number
}

export const listStart: ListPlace = { selected: 0, top: 0 }

export type Move = 'up' | 'down' | 'page-up' | 'page-down' | 'first' | 'last'

/** How a list of `count` shows in `height` rows. */
export interface ListSize {
  readonly count: number
  readonly height: number
}

export function moved(place: ListPlace, move: Move, size: ListSize): ListPlace {
  return settled({ ...place, selected: target(place.selected, move, size) }, size)
}

function target(selected: number, move: Move, { count, height }: ListSize): number {
  switch (move) {
    case 'up':
      return selected - 1
    case 'down':
      return selected + 1
    case 'page-up':
      return selected - Math.max(1, height - 1)
    case 'page-down':
      return selected + Math.max(1, height - 1)
    case 'first':
      return 0
    case 'last':
      return count - 1
  }
}

/** Within the list, and in sight. */
export function settled({ selected, top }: ListPlace, { count, height }: ListSize): ListPlace {
  const at = Math.max(0, Math.min(selected, count - 1))
  const highest = Math.max(0, count - height)
  const shown = Math.min(Math.max(top, at - height + 1), at)
  return { selected: at, top: Math.max(0, Math.min(shown, highest)) }
}
