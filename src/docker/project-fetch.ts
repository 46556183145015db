import { normaliseName } from '../domain/distribution-name.ts'
/** The project that an environment is made for. */
export interface Project {
  /** `owner/name`. */
  readonly repo: string
  /** Names under which it is released. */
  readonly projectNames: readonly string[]
}

/** How programs are told to fetch packages: the words that ask for it, and options whose value is no package. */
interface Installer {
  readonly verbs: readonly string[]
  readonly valued: readonly string[]
}

const pipOptions = words(
  '-r --requirement -c --constraint -i --index-url --extra-index-url --default-index --index -f --find-links -t --target',
  '--prefix --root --src -b --build --cache-dir --python -p --python-version --platform --abi --implementation',
  '--no-binary --only-binary --no-build-isolation-package --exclude-newer --trusted-host --proxy --timeout --retries',
  '--cert --client-cert --log --progress-bar --report --config-settings -C --global-option --upgrade-strategy',
  '--exclude-newer-package --config-settings-package --reinstall-package --upgrade-package -P --refresh-package',
  '--no-build-package --no-binary-package --config-settings-package --exclude-newer-package --reinstall-package',
  '--refresh-package --build-constraints --overrides --excludes --extra --group --only-group --package',
  '--resolution --prerelease --link-mode --override --index-strategy --keyring-provider -d --dest -w --wheel-dir',
)
const condaOptions = words('-n --name -p --prefix -c --channel --file --solver')

const installers: Readonly<Record<string, Installer>> = {
  pip: { verbs: words('install download wheel'), valued: pipOptions },
  uv: { verbs: words('install add sync download wheel run'), valued: pipOptions },
  uvx: { verbs: [], valued: words('-p --python --index-url') },
  pipx: { verbs: words('install run inject upgrade'), valued: words('--python --index-url --pip-args') },
  easy_install: { verbs: [], valued: words('-i --index-url -f --find-links -d --install-dir') },
  conda: { verbs: words('install create update'), valued: condaOptions },
  mamba: { verbs: words('install create update'), valued: condaOptions },
  micromamba: { verbs: words('install create update'), valued: condaOptions },
  poetry: { verbs: words('add'), valued: words('-G --group -E --extras --source --python') },
  pdm: { verbs: words('add'), valued: words('-G --group') },
  pipenv: { verbs: words('install'), valued: words('-r --requirements --python -i --index') },
  hatch: { verbs: [], valued: [] },
  npm: { verbs: words('install i add ci'), valued: words('--registry --prefix') },
  yarn: { verbs: words('add'), valued: words('--registry') },
  pnpm: { verbs: words('install add i'), valued: words('--registry') },
  cargo: { verbs: words('install add'), valued: words('--version --path --features') },
  gem: { verbs: words('install'), valued: words('-v --version') },
}

/** Debian names a Python project `python3-NAME`. */
const systemInstallers = new Set(['apt-get', 'apt', 'aptitude', 'apk', 'dnf', 'yum'])

/** The word of a command that would bring in the project itself, its release or its repository, by any spelling; or null. */
export function projectFetchedBy(argv: readonly string[], project: Project): string | null {
  const names = new Set([...project.projectNames, project.repo.split('/').at(-1) ?? ''].map(normaliseName))
  const byAddress = argv.find((word) => addressesProject(word, project.repo, names))
  if (byAddress !== undefined) return byAddress
  const [program = '', ...rest] = withoutModuleFlag(argv)
  const name = programName(program)
  if (systemInstallers.has(name)) {
    return rest.find((word) => names.has(normaliseName(word.replace(/^python3?-|=.*$/g, '')))) ?? null
  }
  const installer = installers[name]
  return installer === undefined ? null : packageIn(rest, installer, names)
}

/** The name that an installer's rules stand under, and others know it by: `/opt/x/bin/pip3.11` is pip. */
export function programName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1).replace(/^(pip|python|easy_install)[\d.-]*$/, '$1')
}

function withoutModuleFlag(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf('-m')
  return programName(argv[0] ?? '') === 'python' && at > 0 ? argv.slice(at + 1) : argv
}

function packageIn(argv: readonly string[], installer: Installer, names: ReadonlySet<string>): string | null {
  const verbAt = argv.findIndex((word) => installer.verbs.includes(word))
  if (verbAt < 0 && installer.verbs.length > 0) return null
  for (let index = verbAt + 1; index < argv.length; index += 1) {
    const word = argv[index] ?? ''
    if (installer.valued.includes(word)) index += 1
    else if (namesProject(word.replace(/^--?[\w-]+=/, ''), names)) return word
  }
  return null
}

/** `name`, `Name[extra]==2.0`, `name @ url`, `name@1`, an archive of it; never an option, nor a path of the checkout. */
function namesProject(word: string, names: ReadonlySet<string>): boolean {
  if (/^[-./~$]/.test(word)) return isArchiveOf(word, names)
  const requirement = /^([A-Za-z0-9][\w.-]*?)(?:::)?\s*(?:\[[^\]]*\])?\s*(?:[=<>!~@;#^].*)?$/.exec(
    word.replace(/^[\w-]+::/, ''),
  )
  return (requirement?.[1] !== undefined && names.has(normaliseName(requirement[1]))) || isArchiveOf(word, names)
}

function isArchiveOf(word: string, names: ReadonlySet<string>): boolean {
  const file = (word.split(/[?#]/)[0] ?? '').split('/').at(-1) ?? ''
  const name = /^(.+?)-v?\d[\w.!+]*(?:-[\w.]+)*\.(?:whl|tar\.\w+|tgz|zip|egg)$/.exec(file)?.[1]
  return name !== undefined && names.has(normaliseName(name))
}

/** An address on a code host or package index that leads to the repository, a fork of it, or a release of it. */
function addressesProject(word: string, repo: string, names: ReadonlySet<string>): boolean {
  if (!/:\/\/|^[\w.-]+@[\w.-]+:|^(?:www\.)?(?:github|gitlab|bitbucket|codeberg)\.\w+\//.test(word)) return false
  if (new RegExp(`[/:]${escaped(repo)}(?:\\.git)?(?![\\w.-])`, 'i').test(word)) return true
  const path = word.replace(/^.*?(?::\/\/|@)[^/:]*[/:]/, '').split(/[?#]/)[0] ?? ''
  const parts = path.split('/').map((part) => normaliseName(part.replace(/\.git(?:@.*)?$|@.*$/, '')))
  const isOnIndex = /pypi\.|pythonhosted\.|\/simple\//.test(word)
  const isOnCodeHost = /github|gitlab|bitbucket|codeberg|sourceforge/.test(word)
  if (isOnIndex && parts.some((part) => names.has(part))) return true
  return (isOnCodeHost && (names.has(parts[1] ?? '') || names.has(parts[2] ?? ''))) || isArchiveOf(word, names)
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function words(...texts: string[]): readonly string[] {
  return texts.join(' ').split(' ')
}
