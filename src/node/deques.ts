/** What waits on a node: a queue a slot, first to be done first. */
export type Deques<T> = readonly (readonly T[])[]

export function emptyDeques<T>(slots: number): Deques<T> {
  return Array.from({ length: slots }, () => [])
}

/** Behind one of its kin where there is one, so that one slot has all of them; else where the least waits. */
export function pushTo<T>(deques: Deques<T>, item: T, isKin: (other: T) => boolean): Deques<T> {
  const shortest = deques.reduce((best, deque, slot) => (deque.length < lengthAt(deques, best) ? slot : best), 0)
  const kin = deques.findIndex((deque) => deque.some(isKin))
  // Kin or not, no slot is to have two more than another.
  const slot = kin >= 0 && lengthAt(deques, kin) <= lengthAt(deques, shortest) + 1 ? kin : shortest
  return deques.map((deque, index) => (index === slot ? [...deque, item] : deque))
}

/** What a free slot does next: the first of its own that may be done, else the last of the fullest. */
export function takeFor<T>(
  deques: Deques<T>,
  slot: number,
  mayStart: (item: T) => boolean,
): { readonly item: T; readonly deques: Deques<T> } | null {
  const own = deques[slot]?.find(mayStart)
  const item = own ?? stolenFor(deques, slot, mayStart)
  return item === undefined ? null : { item, deques: withoutItems(deques, (other) => other === item) }
}

function stolenFor<T>(deques: Deques<T>, slot: number, mayStart: (item: T) => boolean): T | undefined {
  return deques
    .filter((_, index) => index !== slot)
    .sort((a, b) => b.length - a.length)
    .flatMap((deque) => deque.findLast(mayStart) ?? [])[0]
}

export function withoutItems<T>(deques: Deques<T>, isGone: (item: T) => boolean): Deques<T> {
  return deques.map((deque) => deque.filter((item) => !isGone(item)))
}

/** What waited for slots that are no more goes to those that are left. */
export function resizeDeques<T>(deques: Deques<T>, slots: number): Deques<T> {
  const kept = Array.from({ length: slots }, (_, slot) => deques[slot] ?? [])
  return deques
    .slice(slots)
    .flat()
    .reduce<Deques<T>>((all, item) => pushTo(all, item, () => false), kept)
}

function lengthAt<T>(deques: Deques<T>, slot: number): number {
  return deques[slot]?.length ?? 0
}
