const headerBytes = 8

/**
 * The payload of the engine's attach stream, stdout and stderr in the order they came, as one piece for each piece
 * read. Frames are 8 bytes of header (the last four the length, big endian), then the payload.
 */
export async function* demultiplex(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let header = Buffer.alloc(0)
  let wanted = 0
  for await (const chunk of stream) {
    const payloads: Uint8Array[] = []
    let at = 0
    while (at < chunk.byteLength) {
      if (wanted > 0) {
        const payload = chunk.subarray(at, at + wanted)
        payloads.push(payload)
        at += payload.byteLength
        wanted -= payload.byteLength
        continue
      }
      const part = chunk.subarray(at, at + headerBytes - header.byteLength)
      header = Buffer.concat([header, part])
      at += part.byteLength
      if (header.byteLength < headerBytes) break
      wanted = header.readUInt32BE(4)
      header = Buffer.alloc(0)
    }
    if (payloads.length > 0) yield Buffer.concat(payloads)
  }
}
