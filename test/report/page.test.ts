import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { XMLValidator } from 'fast-xml-parser'
import { reportFacts } from '../../src/report/facts.ts'
import { reportPage } from '../../src/report/page.ts'
import { readReportRows } from '../../src/store/report-rows.ts'
import { openStore } from '../../src/store/store.ts'
import { type ReportDatabase, writeReportDatabase } from '../support/report-database.ts'

const madeAtMs = Date.UTC(2026, 10, 22)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'openswe report '))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function pageOf(of: ReportDatabase | null, atMs = madeAtMs): Promise<string> {
  using store = await openStore(join(folder, `${crypto.randomUUID()}.db`), 'write')
  if (of !== null) writeReportDatabase(store, of)
  return reportPage(reportFacts(readReportRows(store), [], atMs))
}

interface Element {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
}

/** As a browser takes the page, and not as a pattern would. */
function elementsOf(page: string): Element[] {
  const found: Element[] = []
  const rewriter = new HTMLRewriter().on('*', {
    element: ({ tagName: tag, attributes }) => void found.push({ tag, attributes: Object.fromEntries(attributes) }),
  })
  rewriter.transform(page)
  return found
}

function textsOf(page: string, selector: string): string[] {
  const found: string[] = []
  new HTMLRewriter()
    .on(selector, {
      element: () => void found.push(''),
      text: ({ text }) => void found.push(`${found.pop() ?? ''}${text}`),
    })
    .transform(page)
  return found
}

/** Without what is no markup. */
function markupOf(page: string): string {
  return page.replace('<!doctype html>\n', '').replace(/(<(style|script)>).*?(?=<\/\2>)/gs, '$1')
}

const isWellFormed = (page: string) => XMLValidator.validate(markupOf(page), { unpairedTags: ['meta'] })

const everySection = [
  'Funnel',
  'Reasons',
  'Yield',
  'Time by stage',
  'Over time',
  'Cost',
  'Rollouts',
  'Outliers',
  'Runs',
]

test('the page is well formed, has every section, and loads nothing', async () => {
  const page = await pageOf({ instances: 40 })
  expect(isWellFormed(page)).toBe(true)
  expect(textsOf(page, 'h2')).toEqual(everySection)
  const loading = elementsOf(page).flatMap(({ attributes }) => [attributes.src, attributes.href].filter(Boolean))
  expect(loading).toEqual([])
  expect(page).not.toMatch(/@import|url\(|https?:/)
})

test('equal databases give equal bytes, but for the time the page was made', async () => {
  const page = await pageOf({ instances: 12 })
  expect(await pageOf({ instances: 12 })).toBe(page)
  const later = await pageOf({ instances: 12 }, madeAtMs + 60_000)
  expect(later).not.toBe(page)
  expect(later.replace('2026-11-22 00:01', '2026-11-22 00:00').replace('T00:01', 'T00:00')).toBe(page)
})

test('a run in progress is told as such, and a section without anything to tell is left out', async () => {
  const page = await pageOf({ instances: 12, inProgress: 3 })
  expect(isWellFormed(page)).toBe(true)
  expect(page).toContain('3 without a verdict yet · 3 being worked on')
  expect(textsOf(page, 'h2')).toEqual(everySection.filter((title) => title !== 'Rollouts'))
  const empty = await pageOf(null)
  expect(isWellFormed(empty)).toBe(true)
  expect(textsOf(empty, 'h2')).toEqual(['Funnel'])
  expect(markupOf(empty)).not.toMatch(/NaN|Infinity|undefined|null/)
})

const hostileTexts = [
  '</script><script>alert(1)</script>',
  '</style></title><img src=x onerror=alert(1)>',
  `"' onmouseover="alert(1)`,
  '<!-- ]]>',
  '\u202egnp.exe \u0000\u001b[2J\r\n',
  '\ud800',
  '&lt;b&gt;',
]

test('texts from outside stay texts: no element, no attribute and no control character comes of them', async () => {
  for (const hostile of hostileTexts) {
    const page = await pageOf({ instances: 20, text: (usual) => `${usual} ${hostile}` })
    const elements = elementsOf(page)
    expect(isWellFormed(page)).toBe(true)
    expect(elements.filter(({ tag }) => ['script', 'style', 'title', 'img', 'b'].includes(tag))).toHaveLength(3)
    expect(
      elements.flatMap(({ attributes }) => Object.keys(attributes).filter((name) => name.startsWith('on'))),
    ).toEqual([])
    expect(page.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800]/)
    expect(page).not.toContain('\r')
  }
  const page = await pageOf({ instances: 20, text: (usual) => `${usual} ${hostileTexts[0]}` })
  expect(textsOf(page, 'td').join('\n')).toContain('&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
})

test('only the script that sorts tables is allowed to run', async () => {
  const page = await pageOf({ instances: 3 })
  const [script = ''] = /(?<=<script>).*(?=<\/script>)/s.exec(page) ?? []
  const hash = new Bun.CryptoHasher('sha256').update(script).digest('base64')
  const policy = elementsOf(page).find(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy')
  expect(policy?.attributes.content?.replaceAll('&#39;', "'")).toBe(
    `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
  )
  expect(new Bun.Transpiler({ loader: 'js' }).transformSync(script)).toContain('sortBy')
})

test('texts of any length are cut, and no instance makes the page long', async () => {
  const long = await pageOf({ instances: 20, text: (usual) => `${usual}${'x'.repeat(10_000)}` })
  const usual = await pageOf({ instances: 20 })
  expect(long.length - usual.length).toBeLessThan(50_000)
  expect(long).toContain('x…')
})
