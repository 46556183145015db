export type StoreErrorCode =
  | 'E_DB_OPEN'
  | 'E_DB_KIND'
  | 'E_DB_NEWER'
  | 'E_DB_LOCKED'
  | 'E_DB_NFS'
  | 'E_DB_ABSENT'
  | 'E_DB_WRITE'

/** The database cannot be used; the message names the file and what mends it. */
export class StoreError extends Error {
  readonly code: StoreErrorCode
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options)
    this.name = 'StoreError'
    this.code = code
  }
}
