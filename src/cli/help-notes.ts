import type { Command } from './command.ts'
import type { CommandEntry } from './commands.ts'

/** A file or a variable that subcommands read or write. */
interface Note {
  readonly name: string
  readonly what: string
  /** It is told of the commands that have this option … */
  readonly option?: string
  /** … and of these. */
  readonly commands?: readonly string[]
}

const screens = ['run', 'validate', 'rollout', 'import', 'demo', 'watch']

const files: readonly Note[] = [
  { name: 'openswe.db', what: 'All that is known of instances, runs and rollouts; --db names another', option: 'db' },
  {
    name: 'openswe.db-control/',
    what: 'The socket by which other terminals reach a run in progress; gone with it',
    commands: ['run', 'validate', 'rollout', 'import', 'watch', 'pause', 'resume', 'stop', 'drain', 'slots', 'retry'],
  },
  { name: 'openswe-ID.log', what: 'The log of an instance, written by a key of the screen', commands: screens },
  { name: 'openswe-demo/', what: 'What the demo makes; --dir names another', commands: ['demo'] },
  {
    name: 'hosts.toml',
    what: 'The machines of a fleet; hosts.example.toml explains each field',
    option: 'hosts',
    commands: ['hosts'],
  },
  {
    name: '~/.cache/openswe/',
    what: 'Bare repositories and scratch space; --cache names another',
    option: 'cache',
  },
]

const onDocker = ['run', 'rollout', 'import', 'validate', 'grade', 'images', 'doctor', 'prune', 'demo']

const variables: readonly Note[] = [
  { name: 'ANTHROPIC_API_KEY', what: 'The key of the Messages API; or ANTHROPIC_AUTH_TOKEN', option: 'model' },
  { name: 'ANTHROPIC_MODEL', what: 'The model, where --model is absent', option: 'model' },
  { name: 'ANTHROPIC_BASE_URL', what: 'What speaks the Messages API, where --base-url is absent', option: 'base-url' },
  {
    name: 'GITHUB_TOKENS',
    what: "Tokens of GitHub's API, between commas; or GITHUB_TOKEN, GH_TOKEN",
    commands: ['collect'],
  },
  { name: 'GITHUB_API_URL', what: 'The API, where --api is absent', commands: ['collect'] },
  { name: 'DOCKER_HOST', what: "Docker's socket, as unix://PATH (default: Docker's own)", commands: onDocker },
  { name: 'DOCKER_CONFIG', what: 'The folder with the logins of `docker login` (default: ~/.docker)', option: 'push' },
  { name: 'HTTPS_PROXY', what: 'HTTP proxy of the builds, where --proxy is absent', commands: ['images'] },
  { name: 'SSH_AUTH_SOCK', what: 'The SSH agent, where a host names no key', option: 'hosts', commands: ['hosts'] },
  { name: 'SLURM_CONF', what: "Slurm's own configuration, where it is not in its usual place", option: 'launcher' },
  { name: 'XDG_CACHE_HOME', what: 'Where the folder openswe/ of caches is (default: ~/.cache)', option: 'cache' },
  { name: 'NO_COLOR', what: 'No colours, whatever it holds', commands: [...screens, 'status'] },
  { name: 'COLORTERM', what: 'truecolor or 24bit: more colours than 16', commands: screens },
  { name: 'LANG', what: 'Of UTF-8: more glyphs than ASCII; LC_ALL and LC_CTYPE come before it', commands: screens },
  { name: 'CI', what: 'Lines and no screen, whatever it holds', commands: screens },
]

export const helpNotes = { files, variables } as const

/** Those that are told of one subcommand. */
export function notesOf(notes: readonly Note[], { name }: CommandEntry, { options }: Command): readonly Note[] {
  return notes.filter((note) => note.commands?.includes(name) || options.some((option) => option.name === note.option))
}
