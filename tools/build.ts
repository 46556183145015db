// bun tools/build.ts [--target bun-linux-arm64] [--entry FILE] [--outfile FILE]: compiles one binary, dist/openswe, or
// dist/openswe-linux-arm64 where a target is named. At its end it holds the build that hosts of a fleet get.
import { appendFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import packageFile from '../package.json' with { type: 'json' }
import { nodeBuildTrailer } from '../src/control/node-build.ts'

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    entry: { type: 'string', default: 'src/main.ts' },
    outfile: { type: 'string' },
  },
})

const targets = ['bun-linux-x64', 'bun-linux-x64-baseline', 'bun-linux-arm64'] as const
type Target = (typeof targets)[number]

/** Bun's usual x64 build needs AVX2; a machine without it gets the baseline build. */
async function targetOf(wanted: string | undefined): Promise<Target> {
  if (wanted === undefined) {
    if (process.arch === 'arm64') return 'bun-linux-arm64'
    return /\bavx2\b/.test(await Bun.file('/proc/cpuinfo').text()) ? 'bun-linux-x64' : 'bun-linux-x64-baseline'
  }
  const target = targets.find((name) => name === wanted)
  if (target === undefined) throw new Error(`no target ${wanted}; there are ${targets.join(', ')}`)
  return target
}

/** Built beside its place and then moved there, without the source maps, which the binary holds. */
async function build(outfile: string): Promise<void> {
  const startedMs = performance.now()
  const target = await targetOf(values.target)
  await mkdir(dirname(outfile), { recursive: true })
  const workDir = await mkdtemp(join(dirname(outfile), '.building-'))
  try {
    await compile(target, join(workDir, 'openswe'), 'quick')
    await compile(target, join(workDir, 'node'), 'small')
    const [binary, node] = [Bun.file(join(workDir, 'openswe')), Bun.file(join(workDir, 'node'))]
    const made = { openswe: packageFile.version, target: target.replace(/^bun-/, '') }
    const trailer = await nodeBuildTrailer(await binary.bytes(), await node.bytes(), made)
    await appendFile(join(workDir, 'openswe'), trailer)
    await rename(join(workDir, 'openswe'), outfile)
  } finally {
    await rm(workDir, { recursive: true })
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.error(`built ${outfile} for ${target}: ${(Bun.file(outfile).size / 1e6).toFixed(0)} MB in ${seconds} s`)
}

/**
 * Ways to an engine that nothing here goes: over ssh2, whose WebAssembly makes memory grow far more between collections,
 * and over a gRPC session, which looks for its .proto files beside sources that a binary does not have.
 */
const withoutTransports: Bun.BunPlugin = {
  name: 'without-transports',
  setup(build) {
    build.onLoad({ filter: /docker-modem\/lib\/ssh\.js$|dockerode\/lib\/session\.js$/ }, () => ({
      contents: "module.exports = () => { throw new Error('openswe was built without this transport') }",
      loader: 'js',
    }))
  },
}

/** Ink asks for it where it is developed, and a bundle would want it at every start. */
const withoutDevtools: Bun.BunPlugin = {
  name: 'without-devtools',
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'absent' }))
    build.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'export default {}', loader: 'js' }))
  },
}

/** A node shows nothing to anybody. */
const withoutScreen: Bun.BunPlugin = {
  name: 'without-screen',
  setup(build) {
    build.onLoad({ filter: /\/tui\/open-screen\.tsx$/ }, () => ({
      contents: "export function openScreen() { throw new Error('the build for nodes has no screen') }",
      loader: 'js',
    }))
  },
}

/** `quick` starts fast and tells errors by their sources; `small` is sent over networks, and keeps names for its errors. */
async function compile(target: Target, outfile: string, kind: 'quick' | 'small'): Promise<void> {
  const { logs } = await Bun.build({
    entrypoints: [values.entry],
    // Neither file is ours to obey where the binary is run: a bunfig.toml can even name code to preload.
    compile: { outfile, target, autoloadDotenv: false, autoloadBunfig: false },
    // Splitting and lazy imports keep the start of a subcommand free of what only others need; bytecode needs ESM.
    splitting: true,
    bytecode: kind === 'quick',
    format: 'esm',
    minify: kind === 'quick' ? true : { whitespace: true, syntax: true, identifiers: false },
    sourcemap: kind === 'quick' ? 'linked' : 'none',
    // ssh2's optional native addon, which nothing here builds.
    external: ['cpu-features'],
    plugins: [withoutTransports, withoutDevtools, ...(kind === 'small' ? [withoutScreen] : [])],
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  for (const log of logs) console.error(String(log))
}

await build(values.outfile ?? `dist/${values.target?.replace(/^bun-/, 'openswe-') ?? 'openswe'}`)
