import { expect, test } from 'bun:test'
import { Glob } from 'bun'

/** Rooms by floor, lowest first; see ARCHITECTURE.md. A file may import its own room and rooms of lower floors. */
const floors: readonly (readonly string[])[] = [
  ['src/domain', 'src/util'],
  ['src/config', 'src/input', 'src/ssh', 'src/slurm', 'src/docker', 'src/llm', 'src/git', 'src/github', 'src/store'],
  ['src/authors', 'src/evaluation'],
  ['src/synthesis', 'src/rollout', 'src/curation', 'src/collect', 'src/demo'],
  ['src/node', 'src/control', 'src/export', 'src/report'],
  ['tui'],
  ['src/cli'],
  ['src/main.ts'],
]

/** Each npm package (and each host facility that needs one door) and the only room that may import it. */
const doors: Readonly<Record<string, string>> = {
  dockerode: 'src/docker',
  'tar-stream': 'src/docker',
  'dockerfile-ast': 'src/docker',
  'better-sqlite3': 'src/store',
  cac: 'src/cli',
  'smol-toml': 'src/config',
  ssh2: 'src/ssh',
  '@anthropic-ai/sdk': 'src/llm',
  diff: 'src/llm',
  '@octokit': 'src/github',
  '@valibot/to-json-schema': 'src/authors',
  'hyparquet-writer': 'src/export',
  'd3-scale': 'src/report',
  'd3-shape': 'src/report',
  ink: 'tui',
  react: 'tui',
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^'"\n]*(?:\n[^'"]*?)?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g

function roomOf(path: string): string | undefined {
  return floors.flat().find((room) => path === room || path.startsWith(`${room}/`))
}

function floorOf(room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room))
}

const files = [...new Glob('{src,tui}/**/*.{ts,tsx}').scanSync('.')].filter((path) => !path.endsWith('.d.ts')).sort()

const codeOf = async (path: string) => (await Bun.file(path).text()).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')

function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(importPattern)].map((match) => {
    const target = match[1] ?? match[2] ?? ''
    return target.startsWith('.') ? new URL(target, `file:///${path}`).pathname.slice(1) : target
  })
}

test('every source file stands in a room', () => {
  expect(files.length).toBeGreaterThan(10)
  expect(files.filter((file) => roomOf(file) === undefined)).toEqual([])
})

test('ARCHITECTURE.md shows the rooms on the floors they are on', async () => {
  const rows = (await Bun.file('ARCHITECTURE.md').text()).matchAll(/^\| (\d) \| ([^|]+) \|/gm)
  const shown = [...rows].map(([, , rooms = '']) => rooms.split(' · ').map((room) => room.replaceAll('`', '')))
  expect(shown.map((rooms) => rooms.sort())).toEqual(floors.map((rooms) => rooms.toSorted()).toReversed())
})

test('an import points to a lower floor or stays in its room', async () => {
  const wrong: string[] = []
  for (const file of files) {
    const room = roomOf(file) ?? ''
    for (const target of importsOf(file, await Bun.file(file).text())) {
      const targetRoom = roomOf(target)
      if (targetRoom === undefined || targetRoom === room) continue
      if (floorOf(targetRoom) >= floorOf(room)) wrong.push(`${file} imports ${target}`)
    }
  }
  expect(wrong).toEqual([])
})

test('a screen reads snapshots, and nothing that they are made of', async () => {
  const wrong: string[] = []
  for (const file of files.filter((path) => path.startsWith('tui/'))) {
    for (const target of importsOf(file, await Bun.file(file).text())) {
      const room = roomOf(target)
      const isAllowed = room === undefined || /^(tui|src\/domain|src\/util)$/.test(room)
      if (!isAllowed && !target.startsWith('src/control/snapshot')) wrong.push(`${file} imports ${target}`)
    }
  }
  expect(wrong).toEqual([])
})

test('each package is imported by one room only', async () => {
  const wrong: string[] = []
  for (const file of files) {
    for (const target of importsOf(file, await Bun.file(file).text())) {
      const name = Object.keys(doors).find((door) => target === door || target.startsWith(`${door}/`))
      if (name !== undefined && roomOf(file) !== doors[name]) wrong.push(`${file} imports ${target}`)
    }
  }
  expect(wrong).toEqual([])
})

test('domain does no input or output', async () => {
  const wrong: string[] = []
  for (const file of files.filter((path) => path.startsWith('src/domain/'))) {
    const text = await codeOf(file)
    if (/\bBun\.|\bprocess\.|from 'node:|\bfetch\(|Date\.now|Math\.random/.test(text)) wrong.push(file)
  }
  expect(wrong).toEqual([])
})

test('process.env is read in one file', async () => {
  const readers: string[] = []
  for (const file of files) if (/process\.env|Bun\.env/.test(await Bun.file(file).text())) readers.push(file)
  expect(readers.filter((file) => file !== 'src/config/process-environment.ts')).toEqual([])
})
