import type { DemoInstance } from './demo-instance.ts'
import { clockspan } from './instances/clockspan.ts'
import { ledgerly } from './instances/ledgerly.ts'
import { linkprobe } from './instances/linkprobe.ts'
import { notefile } from './instances/notefile.ts'
import { patient } from './instances/patient.ts'
import { shufflebag } from './instances/shufflebag.ts'
import { slugline } from './instances/slugline.ts'
import { sumcsv } from './instances/sumcsv.ts'
import { textwidth } from './instances/textwidth.ts'
import { weighbridge } from './instances/weighbridge.ts'

/** The demonstration, in the order in which it is best read. */
export const demoInstances: readonly DemoInstance[] = [
  textwidth,
  clockspan,
  patient,
  sumcsv,
  shufflebag,
  slugline,
  weighbridge,
  linkprobe,
  ledgerly,
  notefile,
]
