import { expect, test } from 'bun:test'
import { html, trustedHtml } from '../../src/util/html.ts'

test('a text within markup is text, in quoted attributes too', () => {
  const hostile = `"'><script>&amp;`
  expect(html`<a title="${hostile}">${hostile}</a>`.html).toBe(
    '<a title="&quot;&#39;&gt;&lt;script&gt;&amp;amp;">&quot;&#39;&gt;&lt;script&gt;&amp;amp;</a>',
  )
})

test('markup within markup stays as it is, also in rows, and so does what is ours', () => {
  const rows = ['<', '>'].map((text) => html`<li>${text}</li>`)
  expect(html`<ol>${rows}${7}${trustedHtml('<br>')}</ol>`.html).toBe('<ol><li>&lt;</li><li>&gt;</li>7<br></ol>')
})

test('half of a pair of surrogates becomes the mark of what cannot be read, and a backslash stays one', () => {
  expect(html`<b>${'\ud800'}${'\\n'}</b>`.html).toBe('<b>\ufffd\\n</b>')
})
