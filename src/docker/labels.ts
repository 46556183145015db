/** What a container or image of ours is for. All containers are `eval`; the others are images. */
export type LabelKind = 'eval' | 'state' | 'head' | 'environment' | 'base'

export const labelKeys = { run: 'openswe.run', instance: 'openswe.instance', kind: 'openswe.kind' } as const

/** The labels that everything made for an instance carries, and by which it is found again. */
export function labelsFor(runId: string, instanceId: string, kind: LabelKind): Record<string, string> {
  return { [labelKeys.run]: runId, [labelKeys.instance]: instanceId, [labelKeys.kind]: kind }
}
