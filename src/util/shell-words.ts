/**
 * The words of a simple shell command, quotes taken off. Null where it is more than that: a pipe, a list, a
 * redirection, an expansion or an unclosed quote needs a shell.
 */
export function shellWords(line: string): readonly string[] | null {
  const words: string[] = []
  let rest = line.trim()
  while (rest !== '') {
    const word = /^(?:[^\s'"\\$`;&|<>(){}*?#~!]|'[^']*'|"[^"\\$`]*"|\\[^\n])+(?=\s|$)/.exec(rest)?.[0]
    if (word === undefined) return null
    words.push(unquoted(word))
    rest = rest.slice(word.length).trimStart()
  }
  return words
}

function unquoted(word: string): string {
  return word.replace(/'([^']*)'|"([^"]*)"|\\(.)/g, (_, single, double, escaped) => single ?? double ?? escaped)
}
