import * as v from 'valibot'
import type { OptionRow } from '../command.ts'
import { text } from './values.ts'

/** The option that every command on the database has. */
export const databaseOption: OptionRow = {
  name: 'db',
  value: 'FILE',
  description: 'The database (default: openswe.db in this folder)',
}

export const database = v.optional(text, 'openswe.db')
