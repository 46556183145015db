/** One step of a BuildKit build, as its status messages tell it. */
export interface BuildStep {
  readonly digest: string
  readonly name: string
  readonly error: string
}

export interface BuildLogPiece {
  readonly step: string
  readonly bytes: Uint8Array
}

export interface BuildStatus {
  readonly steps: readonly BuildStep[]
  readonly logs: readonly BuildLogPiece[]
}

/** Decodes one `moby.buildkit.trace` message: a protobuf `StatusResponse` of moby/buildkit's control.proto. */
export function decodeStatus(bytes: Uint8Array): BuildStatus {
  const steps: BuildStep[] = []
  const logs: BuildLogPiece[] = []
  for (const { field, value } of fields(bytes)) {
    if (value === null) continue
    if (field === 1) steps.push(decodeStep(value))
    if (field === 3) logs.push(decodeLog(value))
  }
  return { steps, logs }
}

function decodeStep(bytes: Uint8Array): BuildStep {
  let [digest, name, error] = ['', '', '']
  for (const { field, value } of fields(bytes)) {
    if (value === null) continue
    if (field === 1) digest = text(value)
    if (field === 3) name = text(value)
    if (field === 7) error = text(value)
  }
  return { digest, name, error }
}

function decodeLog(bytes: Uint8Array): BuildLogPiece {
  let step = ''
  let message = new Uint8Array()
  for (const { field, value } of fields(bytes)) {
    if (value === null) continue
    if (field === 1) step = text(value)
    if (field === 4) message = new Uint8Array(value)
  }
  return { step, bytes: message }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

interface Field {
  readonly field: number
  /** Null for numbers, which nothing here needs. */
  readonly value: Uint8Array | null
}

/** Protobuf wire format: https://protobuf.dev/programming-guides/encoding/ */
function* fields(bytes: Uint8Array): Generator<Field> {
  let at = 0
  const varint = (): number => {
    let value = 0
    let shift = 1
    while (at < bytes.length) {
      const byte = bytes[at] ?? 0
      at += 1
      value += (byte & 0x7f) * shift
      if (byte < 0x80) break
      shift *= 128
    }
    return value
  }
  while (at < bytes.length) {
    const key = varint()
    const field = Math.floor(key / 8)
    switch (key % 8) {
      case 0:
        varint()
        yield { field, value: null }
        break
      case 1:
        at += 8
        break
      case 2: {
        const length = varint()
        yield { field, value: bytes.subarray(at, at + length) }
        at += length
        break
      }
      case 5:
        at += 4
        break
      default:
        return
    }
  }
}
