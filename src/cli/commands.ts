import type { Command } from './command.ts'

/** Words, or what a shell finds: files, or ids of instances in the database. */
export type WordCompletion = 'files' | 'instances' | readonly string[]

export interface CommandEntry {
  readonly name: string
  /** The words after it, as the help shows them. */
  readonly words: string
  readonly summary: string
  /** What a shell completes each of these words by; the last holds for all that follow where `words` says so. */
  readonly completes?: readonly WordCompletion[]
  /** Left out of the help's first page and of completion: programs type it. */
  readonly isInternal?: true
  /** Loads the subcommand: nothing of it is in memory before. */
  readonly load: () => Promise<Command>
}

/** Every subcommand, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'collect',
    words: '[...repos]',
    summary: 'Collect merged pull requests with their issues, from GitHub or from a clone',
    load: async () => (await import('./commands/collect.ts')).collect,
  },
  {
    name: 'filter',
    words: '[...rows]',
    summary: 'Keep the collected rows that can become good instances, and say why the others are dropped',
    completes: ['files'],
    load: async () => (await import('./commands/filter.ts')).filter,
  },
  {
    name: 'run',
    words: '<instances>',
    summary: 'Synthesize and validate the environments of the instances in a JSONL file',
    completes: ['files'],
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'rollout',
    words: '',
    summary: 'Have a model solve accepted instances, several times each, and grade what it hands in',
    load: async () => (await import('./commands/rollout.ts')).rollout,
  },
  {
    name: 'import',
    words: '<...files>',
    summary: 'Import rollouts that SWE-agent, mini-swe-agent or OpenHands made, and grade them',
    completes: ['files'],
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  {
    name: 'validate',
    words: '<instances>',
    summary: 'Validate the published environments (Dockerfile, eval_script) of the rows in a JSONL file',
    completes: ['files'],
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  {
    name: 'watch',
    words: '',
    summary: 'Show the latest run on a screen, even while another terminal runs it',
    load: async () => (await import('./commands/watch.ts')).watch,
  },
  {
    name: 'status',
    words: '',
    summary: 'Show how far the latest run is, even while it runs',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'pause',
    words: '',
    summary: 'Have the run in progress begin nothing new until it is resumed',
    load: async () => (await import('./commands/pause.ts')).pause,
  },
  {
    name: 'resume',
    words: '',
    summary: 'Let a paused run continue',
    load: async () => (await import('./commands/resume.ts')).resume,
  },
  {
    name: 'stop',
    words: '',
    summary: 'End the run in progress once what runs is finished',
    load: async () => (await import('./commands/stop.ts')).stop,
  },
  {
    name: 'drain',
    words: '<...nodes>',
    summary: 'Have nodes of the run in progress finish what they run and take nothing new',
    load: async () => (await import('./commands/drain.ts')).drain,
  },
  {
    name: 'slots',
    words: '<node> <count>',
    summary: 'Change how many instances a node of the run in progress works on at a time',
    load: async () => (await import('./commands/slots.ts')).slots,
  },
  {
    name: 'retry',
    words: '<instance>',
    summary: 'Have the run in progress try an instance again that did not succeed',
    completes: ['instances'],
    load: async () => (await import('./commands/retry.ts')).retry,
  },
  {
    name: 'show',
    words: '<instance>',
    summary: 'Show what became of one instance, and why',
    completes: ['instances'],
    load: async () => (await import('./commands/show.ts')).show,
  },
  {
    name: 'report',
    words: '',
    summary: 'Show what rollouts came to, what is kept of them and why, or write a page about all of it',
    load: async () => (await import('./commands/report.ts')).report,
  },
  {
    name: 'export',
    words: '[what]',
    summary: 'Write curated trajectories, or accepted environments, as trainers and harnesses read them',
    completes: [['trajectories', 'environments']],
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  {
    name: 'grade',
    words: '<predictions>',
    summary: "Grade solvers' patches in accepted environments, and write SWE-bench's reports",
    completes: ['files'],
    load: async () => (await import('./commands/grade.ts')).grade,
  },
  {
    name: 'images',
    words: '<action>',
    summary: 'Build, list or load the base images',
    completes: [['build', 'ls', 'load']],
    load: async () => (await import('./commands/images.ts')).images,
  },
  {
    name: 'doctor',
    words: '',
    summary: 'Say what this machine lacks, and what mends it',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'hosts',
    words: '<action> [file]',
    summary:
      'Check the machines of a hosts.toml (`check`), and bring openswe (`push`) or base images (`images`) to them',
    completes: [['check', 'push', 'images'], 'files'],
    load: async () => (await import('./commands/hosts.ts')).hosts,
  },
  {
    name: 'node',
    words: '<action>',
    summary: 'What a run starts on the machines of a fleet; nobody else needs it',
    isInternal: true,
    load: async () => {
      const [{ nodeCommand }, { nodeShell }] = await Promise.all([
        import('./commands/node.ts'),
        import('./node-shell.ts'),
      ])
      return nodeCommand(nodeShell)
    },
  },
  {
    name: 'prune',
    words: '',
    summary: 'Remove what openswe left in Docker, and nothing else (not during a run)',
    load: async () => (await import('./commands/prune.ts')).prune,
  },
  {
    name: 'demo',
    words: '',
    summary: 'Run the instances that ship with openswe and compare the outcomes with those expected',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: 'metrics',
    words: '<what>',
    summary: 'Print a Grafana dashboard for what `--metrics` serves',
    completes: [['dashboard']],
    load: async () => (await import('./commands/metrics.ts')).metrics,
  },
  {
    name: 'completion',
    words: '<shell>',
    summary: 'Print what makes bash, zsh or fish complete commands, options and values',
    completes: [['bash', 'zsh', 'fish']],
    load: async () => (await import('./commands/completion.ts')).completion,
  },
]
