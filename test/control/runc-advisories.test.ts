import { expect, test } from 'bun:test'
import { openAdvisories } from '../../src/control/runc-advisories.ts'

test('a runc is named vulnerable up to the version of its line that has the fix', () => {
  const open = (versions: string[]) => versions.filter((version) => openAdvisories(version).length > 0)
  expect(open(['1.1.5+ds1', '1.1.12', '1.2.7', '1.2.8', '1.3.2', '1.3.3', '1.4.0', '1.5.1', '2.0.0'])).toEqual([
    '1.1.5+ds1',
    '1.1.12',
    '1.2.7',
    '1.3.2',
  ])
  expect(openAdvisories('1.1.5+ds1')).toHaveLength(2)
  expect(openAdvisories('1.1.12')).toEqual(['CVE-2025-31133, CVE-2025-52565, CVE-2025-52881'])
})
