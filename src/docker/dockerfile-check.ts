import { DockerfileParser, type Instruction } from 'dockerfile-ast'
import { fetchesProject } from './project-fetch.ts'

export interface DockerfileRules {
  /** `owner/name`. */
  readonly repo: string
  /** Names under which the project is released. */
  readonly projectNames: readonly string[]
  readonly allowedBases: (name: string) => boolean
}

interface Step {
  readonly keyword: string
  readonly line: number
  /** Arguments as written, continuation lines and heredocs included. */
  readonly text: string
  readonly words: readonly string[]
}

const maxLines = 300
const maxBytes = 64 * 1024

/** What a Dockerfile says that it may not (RELIABILITY.md 4.2), each `line N: what — fix`. Empty where it is fine. */
export function checkDockerfile(text: string, rules: DockerfileRules): readonly string[] {
  const size = checkSize(text)
  if (size.length > 0) return size
  const steps = stepsOf(text)
  const problems = [...checkShape(text, steps), ...checkBases(steps, rules)]
  for (const step of steps) {
    for (const problem of checkStep(step, steps, rules)) problems.push(`line ${step.line}: ${problem}`)
  }
  return problems
}

/** The stable head (`FROM` and `COPY repo /testbed`, with a `WORKDIR` between or behind) apart from what follows; null where a Dockerfile does not begin so. */
export function splitHead(text: string): { readonly head: string; readonly rest: string } | null {
  const steps = stepsOf(text)
  const copyAt = steps.findIndex((step) => step.keyword === 'COPY')
  const [from] = steps
  const copy = steps[copyAt]
  if (from?.keyword !== 'FROM' || copyAt < 1 || copyAt > 2 || copy === undefined) return null
  if (copyAt === 2 && steps[1]?.keyword !== 'WORKDIR') return null
  if (copy.words.join(' ') !== 'repo /testbed' || steps.filter((step) => step.keyword === 'FROM').length !== 1)
    return null
  const lines = text.split('\n')
  return { head: `${lines.slice(0, copy.line).join('\n')}\n`, rest: lines.slice(copy.line).join('\n') }
}

function stepsOf(text: string): Step[] {
  return DockerfileParser.parse(text)
    .getInstructions()
    .map((instruction) => ({
      keyword: instruction.getKeyword(),
      line: instruction.getRange().start.line + 1,
      text: textOf(instruction, text),
      words: instruction.getArguments().map((argument) => argument.getValue()),
    }))
}

function textOf(instruction: Instruction, text: string): string {
  const { start, end } = instruction.getRange()
  return text
    .split('\n')
    .slice(start.line, end.line + 1)
    .join('\n')
}

function checkSize(text: string): string[] {
  if (text.trim() === '') return ['line 1: the Dockerfile is empty — begin with FROM openswe-python-X.Y']
  const problems: string[] = []
  if (Buffer.byteLength(text) > maxBytes) problems.push(`line 1: more than ${maxBytes} bytes — shorten it`)
  if (text.split('\n').length > maxLines) problems.push(`line 1: more than ${maxLines} lines — shorten it`)
  if (/[\0\u202a-\u202e\u2066-\u2069]/.test(text))
    problems.push('line 1: a NUL or bidirectional control character — remove it')
  return problems
}

function checkShape(text: string, steps: readonly Step[]): string[] {
  const problems: string[] = []
  if (/^\s*#\s*(?:syntax|check)\s*=/im.test(text))
    problems.push('line 1: a `# syntax=` line runs a remote frontend — remove it')
  if (/^\s*#\s*escape\s*=/im.test(text))
    problems.push('line 1: a `# escape=` line changes how lines are read — remove it')
  const copies = steps.some((step) => step.keyword === 'COPY' && /(?:^|\s)\/testbed\/?$/.test(step.words.join(' ')))
  if (!copies) problems.push('line 1: the repository is not copied — add COPY repo /testbed')
  return problems
}

function checkBases(steps: readonly Step[], rules: DockerfileRules): string[] {
  const bases = steps.filter((step) => step.keyword === 'FROM')
  if (bases.length === 0) return ['line 1: no FROM — begin with FROM openswe-python-X.Y']
  const [first, second] = bases
  const problems: string[] = []
  if (second) problems.push(`line ${second.line}: a second stage — use one FROM`)
  if (first && first.words.length !== 1)
    problems.push(`line ${first.line}: FROM takes one base image — remove flags and AS`)
  const name = first?.words[0] ?? ''
  if (!rules.allowedBases(name))
    problems.push(`line ${first?.line ?? 1}: base image ${name} is not allowed — use openswe-python-X.Y`)
  return problems
}

function checkStep(step: Step, steps: readonly Step[], rules: DockerfileRules): string[] {
  switch (step.keyword) {
    case 'ADD':
      return ['ADD may fetch from the network of the host — use COPY repo /testbed']
    case 'COPY':
      return checkCopy(step)
    case 'ENTRYPOINT':
    case 'CMD':
    case 'ONBUILD':
    case 'HEALTHCHECK':
    case 'SHELL':
    case 'VOLUME':
    case 'STOPSIGNAL':
      return [`${step.keyword} changes how the image behaves when it is run — remove it`]
    case 'ENV':
    case 'ARG':
      return checkVariable(step)
    case 'RUN':
      return checkRun(step, rules)
    case 'USER':
      return step.words[0] === 'root' || step.words[0] === '0' ? [] : ['USER must stay root — remove it']
    case 'FROM':
    case 'WORKDIR':
    case 'LABEL':
    case 'EXPOSE':
    case 'MAINTAINER':
      return []
    default:
      return [`${step.keyword} is no instruction that is known here — remove it (${steps.length} instructions read)`]
  }
}

function checkCopy(step: Step): string[] {
  if (/--from=/.test(step.text)) return ['COPY --from brings in another image — remove it']
  const sources = step.words.filter((word) => !word.startsWith('--')).slice(0, -1)
  const outside = sources.find((source) => source !== 'repo' && !/^(?:\.\/)?repo(?:\/(?!.*\.\.)|$)/.test(source))
  return outside === undefined ? [] : [`COPY ${outside}: the build context holds only repo — copy from repo`]
}

const secretName = /(?:^|[\s_])(?:\w*_)?(?:API_?KEY|TOKEN|SECRET|PASSWORD)\w*\s*=/i
const hookVariable =
  /(?:^|\s)(?:BASH_ENV|LD_PRELOAD|LD_LIBRARY_PATH|PROMPT_COMMAND|PYTHONSTARTUP|PYTEST_ADDOPTS|PYTEST_PLUGINS|PATH)(?:=|\s)/

function checkVariable(step: Step): string[] {
  const problems: string[] = []
  if (secretName.test(step.text)) problems.push('a secret would stay in the image — remove it')
  if (step.keyword === 'ENV' && hookVariable.test(step.text))
    problems.push('ENV of this name changes what is run — remove it')
  return problems
}

/** Commands by what they would do; each looks at the whole RUN, heredoc included. */
const runRules: readonly { readonly pattern: RegExp; readonly problem: string }[] = [
  {
    pattern: /--security=|--network=host|--mount=type=(?:ssh|secret)|--mount=\S*\bfrom=/,
    problem: 'a flag of RUN asks for more than a build may have — remove it',
  },
  {
    pattern:
      /\bgit\s+(?:-\S+\s+)*(?:clone|fetch|pull|ls-remote|remote|submodule|bundle|unbundle)\b|\bgh\s+(?:repo|pr|api|release)\b/,
    problem: 'git must not fetch: the repository is already at its commit — remove it',
  },
  {
    pattern: /\/\/(?:codeload|raw)\.|\/archive\/|\/releases\/download\//,
    problem: 'a source archive may hold the fix — install from the package index',
  },
  {
    pattern:
      /(?:^|[\s;&|(])(?:python[\d.]*\s+-m\s+)?(?:pytest|py\.test|tox|nox|nosetests|unittest|runtests\.py|bin\/test)(?=$|[\s;&|)])(?!\s*(?:==|>=|<=|~=|<|>))/m,
    problem: 'tests are not run while an image is built — remove it',
  },
  {
    pattern:
      /sitecustomize|usercustomize|ld\.so\.preload|LD_PRELOAD|BASH_ENV|PROMPT_COMMAND|conftest\.py|pytest\.ini|PYTEST_(?:ADDOPTS|PLUGINS)/,
    problem: 'this changes what runs or grades the tests — remove it',
  },
  {
    pattern: />\s*\S*\.pth\b|(?:cp|mv|ln|tee|install)\s[^\n]*\.pth\b/,
    problem: 'a .pth file runs code at every start of Python — remove it',
  },
  {
    pattern:
      /(?:>|\bcp\b|\bmv\b|\bln\b|\btee\b|\binstall\b|\brm\b)[^\n;&|]*\s\/?(?:usr\/)?(?:local\/)?bin\/(?:bash|sh|env|git|python[\d.]*|pytest)(?:\s|$)/m,
    problem: 'this replaces a program that grading relies on — remove it',
  },
  { pattern: /\/openswe(?:\/|\b)(?!-)/, problem: '/openswe belongs to the grader — use another path' },
  {
    pattern: /OPENSWE_EXIT_CODE|EOF_114329324912/,
    problem: 'the exit-code marker has no place in an image — remove it',
  },
]

function checkRun(step: Step, rules: DockerfileRules): string[] {
  const command = step.text.replace(/^\s*RUN\s+/i, '')
  const problems = runRules
    .filter(({ pattern }) => pattern.test(withoutInstalls(command)))
    .map(({ problem }) => problem)
  const fetched = fetchesProject(command, rules)
  if (fetched !== null)
    problems.push(`${fetched} would install the project's own release — install it with -e /testbed`)
  return problems
}

/** Words of an install command name packages, not commands: `pip install pytest` runs no test. */
function withoutInstalls(command: string): string {
  return command
    .replace(/\\\n/g, ' ')
    .replace(
      /\b(?:pip[\d.]*|uv|conda|mamba|apt-get|apt)\b[^\n;&|]*?\b(?:install|add)\b([^\n;&|]*)/g,
      (whole, names: string) =>
        whole.slice(0, whole.length - names.length) +
        names.replace(/(?<=\s)(?:pytest|tox|nox|unittest\S*|nosetests|nose)\S*/g, 'package'),
    )
}
