/** Advisories about runc that let a container out, each with the first version of every line that has the fix. */
const advisories: readonly { readonly names: string; readonly fixedIn: readonly string[] }[] = [
  { names: 'CVE-2024-21626', fixedIn: ['1.1.12'] },
  { names: 'CVE-2025-31133, CVE-2025-52565, CVE-2025-52881', fixedIn: ['1.2.8', '1.3.3', '1.4.0'] },
]

/** Advisories that a runc of this version has no fix for upstream; a distribution may have patched it all the same. */
export function openAdvisories(version: string): string[] {
  return advisories.filter(({ fixedIn }) => !isFixed(version, fixedIn)).map(({ names }) => names)
}

function isFixed(version: string, fixedIn: readonly string[]): boolean {
  const [major = 0, minor = 0, patch = 0] = numbers(version)
  const [lineMajor = 0, lineMinor = 0] = numbers(fixedIn.at(-1) ?? '')
  if (major > lineMajor || (major === lineMajor && minor > lineMinor)) return true
  return fixedIn.some((fixed) => {
    const [fixedMajor, fixedMinor, fixedPatch = 0] = numbers(fixed)
    return major === fixedMajor && minor === fixedMinor && patch >= fixedPatch
  })
}

function numbers(version: string): number[] {
  return (/\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number)
}
