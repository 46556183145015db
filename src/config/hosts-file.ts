import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type ParsedHosts, type ParsedSlurm, parseHosts, parseSlurm, type RefusedHosts } from './hosts-toml.ts'

const maxFileBytes = 4 * 2 ** 20

/** Reads a hosts.toml: the hosts in the order of the file, or all that is wrong with it. */
export async function readHosts(path: string): Promise<ParsedHosts> {
  const read = await readText(path)
  return read.kind === 'refused' ? read : parseHosts(read.text, dirname(resolve(path)))
}

/** Reads what a hosts.toml asks of Slurm, or all that is wrong with it. */
export async function readSlurm(path: string): Promise<ParsedSlurm> {
  const read = await readText(path)
  return read.kind === 'refused' ? read : parseSlurm(read.text, dirname(resolve(path)))
}

type ReadText = { readonly kind: 'read'; readonly text: string } | RefusedHosts

async function readText(path: string): Promise<ReadText> {
  let bytes: Uint8Array
  try {
    const facts = await stat(path)
    if (!facts.isFile()) return refused('E_HOSTS_OPEN', 'is not a regular file — give a hosts.toml')
    if (facts.size > maxFileBytes) return refused('E_HOSTS_OPEN', 'is larger than 4 MiB — give a hosts.toml')
    bytes = await readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return refused('E_HOSTS_OPEN', openErrors[code] ?? code)
  }
  try {
    return { kind: 'read', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return refused('E_ENCODING', `not UTF-8${looksLikeUtf16(bytes)} — save it as UTF-8`)
  }
}

const openErrors: Readonly<Record<string, string>> = {
  ENOENT: 'no such file — write one as hosts.example.toml shows, or give its path',
  EACCES: 'permission denied — make it readable',
  ENOTDIR: 'a parent is not a directory',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'the name is too long',
}

function looksLikeUtf16([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return ' (looks like UTF-16LE)'
  return first === 0xfe && second === 0xff ? ' (looks like UTF-16BE)' : ''
}

function refused(code: string, message: string): ReadText {
  return { kind: 'refused', problems: [{ code, line: 0, message }] }
}
