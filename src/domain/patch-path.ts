/** Of one path component and of a whole path, as Linux has them. */
const nameLimitBytes = 255
const pathLimitBytes = 4095

/** Code points that some file systems ignore in names, so that `.g\u200cit` would open `.git`. */
const ignorable = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

/** What is wrong with a path in a patch, in words that follow "which"; null where it may be written. */
export function pathFault(path: string): string | null {
  if (path.startsWith('/')) return 'is absolute'
  if (path.includes('\ufffd')) return 'is not UTF-8'
  if (path.includes('\0')) return 'holds a NUL'
  const parts = path.split('/')
  if (parts.includes('..')) return 'leaves the repository'
  if (parts.includes('') || parts.includes('.')) return 'has an empty component'
  if (path.split(/[/\\]/).some(isGitDirectory)) return 'is inside a git directory'
  const encoder = new TextEncoder()
  if (encoder.encode(path).byteLength > pathLimitBytes) return `has more than ${pathLimitBytes} bytes`
  if (parts.some((part) => encoder.encode(part).byteLength > nameLimitBytes)) {
    return `has a name of more than ${nameLimitBytes} bytes`
  }
  return null
}

/** `.git` however a file system may spell it: case, trailing dots and spaces, streams, short names, ignored characters. */
function isGitDirectory(name: string): boolean {
  const plain = name
    .replace(ignorable, '')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[ .]+$/, '')
  return plain === '.git' || plain === 'git~1'
}

/** Every directory above a path, the nearest last. */
export function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
