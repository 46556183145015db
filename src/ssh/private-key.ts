/** What a file of ssh's holds, as far as it tells without a passphrase. */
export interface KeyFile {
  readonly kind: 'private' | 'encrypted' | 'public'
  /** Null where the file does not tell: old PEM files that are encrypted. */
  readonly publicKey: Buffer | null
}

const openSshMagic = 'openssh-key-v1\0'

/**
 * Reads the frame of a key file: of OpenSSH's own format, which leaves the public half in the clear; PEM, which tells
 * only whether it is encrypted; or a public key. Null where it is none of these.
 */
export function readKeyFile(text: string): KeyFile | null {
  const publicKey = /^(?:ssh-|ecdsa-|sk-)\S* ([A-Za-z0-9+/=]+)/.exec(text.trim())
  if (publicKey !== null) return { kind: 'public', publicKey: Buffer.from(publicKey[1] ?? '', 'base64') }
  const [, label, body = ''] = /^-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----\r?\n([\s\S]*?)-----END /m.exec(text) ?? []
  if (label === undefined) return null
  if (label === 'OPENSSH ') return readOpenSsh(Buffer.from(body, 'base64'))
  const isEncrypted = label === 'ENCRYPTED ' || /^Proc-Type: 4,ENCRYPTED/m.test(body)
  return { kind: isEncrypted ? 'encrypted' : 'private', publicKey: null }
}

/** Magic, cipher, key derivation and its options, a number of keys, and the first one's public half: PROTOCOL.key. */
function readOpenSsh(bytes: Buffer): KeyFile | null {
  if (bytes.toString('latin1', 0, openSshMagic.length) !== openSshMagic) return null
  const cipher = textAt(bytes, openSshMagic.length)
  const derivation = cipher && textAt(bytes, cipher.end)
  const options = derivation && textAt(bytes, derivation.end)
  const publicKey = options && textAt(bytes, options.end + 4)
  if (cipher === null || !publicKey) return null
  const kind = cipher.content.toString('latin1') === 'none' ? 'private' : 'encrypted'
  return { kind, publicKey: publicKey.content }
}

interface TextAt {
  readonly content: Buffer
  readonly end: number
}

/** A length in four bytes, and as many bytes; null where they are not there. */
function textAt(bytes: Buffer, at: number): TextAt | null {
  if (at + 4 > bytes.byteLength) return null
  const end = at + 4 + bytes.readUInt32BE(at)
  return end > bytes.byteLength ? null : { content: bytes.subarray(at + 4, end), end }
}
