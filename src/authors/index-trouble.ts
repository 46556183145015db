/** What uv, pip, apt, git and curl say where what they ask does not answer, or not to the end. */
const signs = [
  // uv: what it tries again is the way there or the server, never what was asked for.
  /Request failed after \d+ retries|error sending request|error decoding response body|dns error|tcp connect error/,
  /due to network timeout/,
  // pip
  /after connection broken by|Connection broken: |Max retries exceeded with url|issue with network connectivity/,
  /error: connection-(?:failed|timeout)/,
  // apt, git, curl
  /Temporary failure (?:in name resolution|resolving)|Could not resolve host|Network is unreachable/,
  /Connection timed out|(?:Could not|Unable to|Failed to) connect to \S+(?::\w+| port)/,
  /Failed to fetch \S+ .*(?:Connection failed|Error reading from server|timed out)|RPC failed; curl/,
  /Connection refused.*(?:index|mirror|pypi|debian)/i,
]

/** The line of a failed build's log that says it could not reach what it needed, which tells nothing of the instance; or null. */
export function indexTroubleIn(log: string): string | null {
  const line = log.split('\n').findLast((one) => signs.some((sign) => sign.test(one)))
  return line === undefined ? null : line.trim().slice(0, 300)
}
