/** Bytes both ways with somebody who may be gone at any time. Whoever opened it closes it. */
export interface ByteChannel {
  /** Ends when the other side ends, or is gone. Read by one reader, at its own pace. */
  readonly readable: AsyncIterable<Uint8Array>
  /** Resolves when there is room for more; never rejects: who is gone is seen by `closed`. */
  write(bytes: Uint8Array): Promise<void>
  /** Gives it up at once; again changes nothing. */
  close(): void
  /** Why it came to its end, in one line for a person; resolves once, and never rejects. */
  readonly closed: Promise<string>
}
