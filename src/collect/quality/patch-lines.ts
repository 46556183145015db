import { type PatchFile, pathOf } from '../../domain/patch.ts'
import { flat } from './statement.ts'

/** The lines of some files of a patch, white space made even. */
export interface PatchLines {
  readonly added: readonly string[]
  readonly removed: ReadonlySet<string>
  /** Lines around the change that stay. */
  readonly kept: ReadonlySet<string>
}

export function linesOf(files: readonly PatchFile[]): PatchLines {
  const hunks = files.flatMap((file) => file.hunks)
  return {
    added: hunks.flatMap((hunk) => hunk.addedLines.map(flat)),
    removed: new Set(hunks.flatMap((hunk) => hunk.removedLines.map(flat))),
    kept: new Set(
      hunks.flatMap((hunk) =>
        hunk.text
          .split('\n')
          .filter((line) => line.startsWith(' '))
          .map(flat),
      ),
    ),
  }
}

/** Prose and data are not what a solver has to find. */
export function isCode(file: PatchFile): boolean {
  return !/\.(?:md|rst|txt|adoc|json|lock|ya?ml|toml|cfg|ini|csv|svg)$|(?:^|\/)(?:change(?:s|log)|news|authors|license)[^/]*$/i.test(
    pathOf(file),
  )
}

/** A line of code that says enough to be known again: no comment, no import, no lone bracket. */
export function isTelling(line: string): boolean {
  if (/^(?:#|\/\/|\/?\*|"""|'''|import\b|from\b|@|using\b|package\b)/.test(line)) return false
  return line.length >= 14 && wordsOf(line).length >= 3
}

export function wordsOf(code: string): readonly string[] {
  return code.match(/[A-Za-z_]\w*|\d+/g) ?? []
}
