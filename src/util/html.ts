/** Markup. Only `html` makes it of texts, so that what came from outside is always escaped. */
export interface Html {
  readonly html: string
}

type HtmlPart = string | number | Html | readonly Html[]

/** Markup as written, with every value in it as text: safe between tags and in quoted attributes. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlPart[]): Html {
  return { html: String.raw({ raw: parts }, ...values.map(markupOf)) }
}

/** Text of our own files, which is markup, a style sheet or a script already. */
export function trustedHtml(text: string): Html {
  return { html: text }
}

function markupOf(value: HtmlPart): string {
  if (typeof value === 'string')
    return value.toWellFormed().replace(/[&<>"']/g, (character) => entities[character] ?? '')
  if (typeof value === 'number') return String(value)
  return 'html' in value ? value.html : value.map((one) => one.html).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
