import { at, textsIn } from './toml-value.ts'

/** Package names where conda-forge and the package index differ. */
const condaToIndex: Readonly<Record<string, string | null>> = {
  python: null,
  pip: null,
  compilers: null,
  'c-compiler': null,
  'cxx-compiler': null,
  'fortran-compiler': null,
  gcc: null,
  make: null,
  nomkl: null,
  mkl: null,
  openblas: null,
  'matplotlib-base': 'matplotlib',
  'dask-core': 'dask',
  pytables: 'tables',
  'python-graphviz': 'graphviz',
  'python-blosc': 'blosc',
  'msgpack-python': 'msgpack',
  pytorch: 'torch',
  'pytorch-cpu': 'torch',
  opencv: 'opencv-python-headless',
  'tensorflow-base': 'tensorflow',
  psycopg2: 'psycopg2-binary',
  pyqt: 'PyQt5',
  snappy: 'python-snappy',
}

/** Requirements that an environment.yml asks for, in the index's names, its `pip:` list included. */
export function parseCondaEnvironment(text: string): string[] {
  let file: unknown
  try {
    file = Bun.YAML.parse(text)
  } catch {
    return []
  }
  const dependencies = at(file, 'dependencies')
  if (!Array.isArray(dependencies)) return []
  return dependencies.flatMap((item: unknown) => {
    if (typeof item !== 'string') return textsIn(at(item, 'pip')).filter((line) => !line.startsWith('-'))
    return fromConda(item)
  })
}

function fromConda(item: string): string[] {
  const match = /^(?:[\w-]+::)?([\w.-]+)\s*(.*)$/.exec(item.trim())
  if (match?.[1] === undefined) return []
  const name = condaToIndex[match[1].toLowerCase()]
  if (name === null) return []
  const specifier = (match[2] ?? '').replace(/^=(?!=)([\d.]+).*$/, '==$1.*')
  return [`${name ?? match[1]}${specifier}`]
}
