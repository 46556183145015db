import { expect, test } from 'bun:test'
import { indexTroubleIn } from '../../src/authors/index-trouble.ts'

const url = 'https://pypi.org/simple/pytest/'

test.each([
  ['uv: Request failed after 3 retries', 'error: Request failed after 3 retries in 95.1s\n'],
  ['uv: a body that stops', `  cause: error decoding response body for url (${url})\n  cause: operation timed out\n`],
  ['uv: nobody answers', `  cause: error sending request for url (${url})\n  cause: operation timed out\n`],
  ['uv: a wheel that comes too slowly', "Failed to download distribution due to network timeout. Try …'\n"],
  [
    'pip: a reset',
    `WARNING: Retrying (Retry(total=0)) after connection broken by 'ConnectionResetError(104)': /simple/x/\nERROR: No matching distribution found for x\n`,
  ],
  ['pip: a body cut off', "ERROR: … an OSError: ('Connection broken: IncompleteRead(506 bytes read)')\n"],
  [
    'pip: a wheel cut off',
    '× Download failed after 6 attempts\nnote: This is an issue with network connectivity, not pip.\n',
  ],
  ['pip: a wheel that never comes', 'error: connection-timeout\n\n× Unable to fetch https://host/x.whl\n'],
  ['apt: no name', "  Temporary failure resolving 'deb.debian.org'\n"],
  ['apt: no way', '  Could not connect to deb.debian.org:80 (151.101.2.132), connection timed out\n'],
  ['apt: cut off', 'E: Failed to fetch http://deb.debian.org/x.deb  Error reading from server - read (104)\n'],
  ['curl: no way', "curl: (7) Failed to connect to example.org port 443 after 2 ms: Couldn't connect to server\n"],
])('a build that could not reach what it needed is known by its log: %s', (_, log) => {
  const line = indexTroubleIn(`Using Python 3.11.2\n${log}`)
  expect(line).not.toBeNull()
  expect(log).toContain(line ?? '')
})

test.each([
  ['  × No solution found when resolving dependencies:\n  ╰─▶ Because six was not found in the package registry\n'],
  [`error: Failed to fetch: ${url}\n  cause: HTTP status client error (404 Not Found) for url (${url})\n`],
  ["error: command 'gcc' failed: No such file or directory\n"],
  ['ERROR: Could not find a version that satisfies the requirement demo-x (from versions: 1.0)\n'],
  ['Could not connect to session bus\n'],
])('any other failed build is not: %s', (log) => {
  expect(indexTroubleIn(log)).toBeNull()
})
