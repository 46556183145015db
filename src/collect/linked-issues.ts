const keyword = String.raw`\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)`
const ownNumber = String.raw`(?:#|gh-)(\d{1,9})`
const otherNumber = String.raw`([\w.-]+\/[\w.-]+)#(\d{1,9})`
const address = String.raw`https?:\/\/[\w.-]+\/([\w.-]+\/[\w.-]+)\/issues\/(\d{1,9})`

const reference = new RegExp(`${keyword}:?\\s+(?:${ownNumber}|${otherNumber}|${address})\\b`, 'gi')

/**
 * Numbers of the issues that the texts claim to close, ascending: a keyword of GitHub's before `#12`, `GH-12`,
 * `owner/name#12` or the address. Template comments say nothing, nor do references to other repositories.
 */
export function closingReferences(texts: readonly string[], repo: string): number[] {
  const numbers = new Set<number>()
  for (const text of texts) {
    for (const [, own, name, number, addressed, numberThere] of text
      .replaceAll(/<!--.*?-->/gs, '')
      .matchAll(reference)) {
      const elsewhere = name ?? addressed
      if (elsewhere !== undefined && elsewhere.toLowerCase() !== repo.toLowerCase()) continue
      numbers.add(Number(own ?? number ?? numberThere))
    }
  }
  numbers.delete(0)
  return [...numbers].sort((a, b) => a - b)
}
