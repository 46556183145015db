import { type Html, html } from '../util/html.ts'

/** A part of the page under its own heading; `note` says what is counted. */
export function section(title: string, note: string, content: readonly Html[]): Html {
  return html`<section>
<div><h2>${title}</h2><p class="note">${note}</p></div>
<div class="content">
${content}
</div>
</section>
`
}

/** A table or a chart under a heading of its own. */
export function titled(title: string, content: Html): Html {
  return html`<div><h3>${title}</h3>${content}</div>\n`
}
