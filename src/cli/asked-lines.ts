import type { Asked } from '../control/asked.ts'

/** What a run that goes on was asked before, for people: a line each, with what takes it back. */
export function askedLines({ isPaused, draining, slots }: Asked): readonly string[] {
  return [
    ...(isPaused ? ['the run is still paused: nothing new begins until `openswe resume`'] : []),
    ...(draining.length > 0 ? [drainingLine(draining)] : []),
    ...slots.map(({ node, slots: count }) => {
      return `${node} still has ${count} slots, as was asked of this run: \`openswe slots ${node} N\` changes that`
    }),
  ]
}

function drainingLine(nodes: readonly string[]): string {
  const way = `\`openswe drain ${nodes.join(' ')} --undo\``
  return `still draining, and taking nothing: ${nodes.join(', ')} — ${way} takes it back`
}
