import type { Author } from '../authors/author.ts'
import { createRulesAuthor } from '../authors/rules/rules-author.ts'
import type { AuthorName } from '../domain/environment.ts'
import { UsageError } from './errors.ts'

/** A new author for one attempt. */
export function authorOf(name: AuthorName): Author {
  switch (name) {
    case 'rules':
      return createRulesAuthor()
    case 'published':
    case 'model':
    case 'auto':
      throw new UsageError(`no author \`${name}\` here`)
  }
}
