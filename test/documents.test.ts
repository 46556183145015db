import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { Glob } from 'bun'
import packageFile from '../package.json' with { type: 'json' }
import { commands } from '../src/cli/commands.ts'

const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
const text = (await Promise.all(documents.map((name) => Bun.file(name).text()))).join('\n')

const blocks = [...text.matchAll(/^```\n(.*?)^```/gms)].map(([, block = '']) => block)
/** What stands between backquotes on a line. */
const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
/** Whole command lines, without what is piped into them and what is said of them. */
const lines = [...blocks.flatMap((block) => block.split('\n')), ...spans].map((line) =>
  line.replace(/\s+[#|<>].*$/, ''),
)

const optionsOf = new Map(
  await Promise.all(
    commands.map(async ({ name, load }) => [name, (await load()).options.map((row) => row.name)] as const),
  ),
)

const files = [...new Glob('{src,tui,test,tools,prompts,base-images}/**/*').scanSync('.')]

/** From the root or from `src/`; a name without a folder may stand anywhere; `*` is any part of a name. */
function isThere(path: string): boolean {
  if (existsSync(path) || existsSync(`src/${path}`)) return true
  const pattern = new Glob(path.includes('/') ? `{src/,}${path}` : `**/${path}`)
  return files.some((file) => pattern.match(file))
}

test('every file and folder that a document names is there', () => {
  const isPath = /^(src|tui|test|tools|prompts|base-images)\/|^[\w*./-]+\.(ts|tsx|sql|css|md)$/
  const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = '']) => path)
  const paths = [...spans.filter((span) => isPath.test(span)), ...links]
  expect(paths.length).toBeGreaterThan(100)
  expect(paths.filter((path) => !isThere(path))).toEqual([])
})

test('every command line in a document is one that openswe takes', () => {
  const typed = lines.filter((line) => /^openswe \w/.test(line))
  expect(typed.length).toBeGreaterThan(40)
  const wrong = typed.filter((line) => {
    const [, name = '', ...words] = line.split(' ')
    const options = optionsOf.get(name)?.map((option) => `--${option}`)
    return options === undefined || words.some((word) => word.startsWith('--') && !options.includes(word))
  })
  expect(wrong).toEqual([])
})

test('every option that a document names is an option of some command', () => {
  const options = new Set([...optionsOf.values()].flat())
  const named = spans.flatMap((span) => /^--([a-z-]+)/.exec(span)?.[1] ?? [])
  expect(named.length).toBeGreaterThan(15)
  expect(named.filter((name) => name !== 'help' && !options.has(name))).toEqual([])
})

test('every script that a document has a reader run is one of package.json', () => {
  const scripts = lines.flatMap((line) => /^(?:npm|bun run) (\w+)/.exec(line)?.[1] ?? [])
  expect(scripts).toContain('bench')
  expect(scripts.filter((name) => !(name in packageFile.scripts))).toEqual([])
})
