/** 40 or 64 lower-case hex digits: nothing else may stand where git expects a commit. */
export function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}

export type ObjectFormat = 'sha1' | 'sha256'

export function objectFormatOf(id: string): ObjectFormat {
  return id.length === 64 ? 'sha256' : 'sha1'
}
