const shape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** Names that some file systems keep for devices, with or without an extension. */
const deviceName = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/** What `isInstanceId` asks for, in words that follow "must". */
export const instanceIdRule =
  'match [A-Za-z0-9][A-Za-z0-9._-]{0,127}, contain no ".." and be no device name such as CON'

/** True where the text may stand in a path, a label and a command line as it is. */
export function isInstanceId(text: string): boolean {
  return shape.test(text) && !text.includes('..') && !deviceName.test(text)
}
