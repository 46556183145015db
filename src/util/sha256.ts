/** Lower-case hex SHA-256 of the parts in order, each preceded by its length so that parts cannot run together. */
export function sha256(...parts: (string | Uint8Array)[]): string {
  const hasher = new Bun.CryptoHasher('sha256')
  for (const part of parts) {
    const bytes = typeof part === 'string' ? new TextEncoder().encode(part) : part
    hasher.update(`${bytes.byteLength}:`)
    hasher.update(bytes)
  }
  return hasher.digest('hex')
}
