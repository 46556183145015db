import type { Finding } from './finding.ts'
import { zlibStart } from './unfold.ts'

/** Git objects under another name: a bundle, a pack or a loose object, known by how it begins. */
export function checkContent(path: string, bytes: Uint8Array): Finding | null {
  const start = latin1(bytes.subarray(0, 16))
  const isPacked = /^# v[23] git bundle/.test(start) || /^PACK\0\0\0[\x02\x03]/.test(start)
  const isLoose = /^(?:blob|tree|commit|tag) \d+\0/.test(latin1(zlibStart(bytes, 32) ?? new Uint8Array()))
  if (!isPacked && !isLoose) return null
  return {
    reason: 'leak-foreign-repository',
    explanation: `/${path} holds git objects outside the checked-out repository`,
  }
}

/** Git's configuration outside of the repository counts for it as well. */
export function checkGitConfig(path: string, bytes: Uint8Array): Finding | null {
  if (!/^(?:root\/\.gitconfig|root\/\.config\/git\/config|(?:usr\/local\/)?etc\/gitconfig)$/.test(path)) return null
  if (!/^\s*\[\s*(?:remote|include|includeif|url)\b/im.test(new TextDecoder().decode(bytes))) return null
  return { reason: 'leak-git-metadata', explanation: `/${path} says where more of the repository is` }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** `.git` entries that a checkout of ours has; HEAD, config and shallow are compared by content elsewhere. */
const gitFiles =
  /^(?:HEAD|config|index|shallow|objects\/[0-9a-f]{2}\/[0-9a-f]{38,62}|objects\/pack\/pack-[0-9a-f]+\.(?:pack|idx|rev)|objects\/info\/commit-graph)$/

/** Looks at a regular file below /testbed/.git that the checkout we made does not have. */
export function checkGitFile(path: string): Finding | null {
  if (gitFiles.test(path)) return null
  return { reason: 'leak-git-metadata', explanation: `/testbed/.git/${path} is not part of the checkout` }
}
