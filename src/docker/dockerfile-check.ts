import { testbedPath } from '../domain/environment.ts'
import { type Instruction, parseDockerfile } from './dockerfile.ts'
import type { Project } from './project-fetch.ts'
import { problemsOfArgv, problemsOfCommands } from './run-rules.ts'

export interface DockerfileRules extends Project {
  readonly allowedBases: (name: string) => boolean
}

const maxLines = 200
const maxBytes = 64 * 1024

/**
 * What a Dockerfile says that it may not, each `line N: what — fix`; empty where it is fine. It is read and not run, so
 * what a build really did is looked at again in the image.
 */
export function checkDockerfile(text: string, rules: DockerfileRules): readonly string[] {
  const unreadable = problemsOfText(text)
  if (unreadable.length > 0) return unreadable
  const instructions = parseDockerfile(text)
  const problems = [...problemsOfWhole(instructions), ...problemsOfBases(instructions, rules)]
  for (const instruction of instructions) {
    for (const problem of problemsOfInstruction(instruction, instructions, rules)) {
      problems.push({ line: instruction.line, problem })
    }
  }
  return problems.sort((a, b) => a.line - b.line).map(({ line, problem }) => `line ${line}: ${problem}`)
}

interface Problem {
  readonly line: number
  readonly problem: string
}

/**
 * The stable head of a Dockerfile (`FROM` and `COPY repo /testbed`, perhaps with a `WORKDIR` between), which is built
 * once an instance, and what follows it and needs no build context; null where it does not begin so, or copies more.
 */
export function splitHead(text: string): { readonly head: string; readonly rest: string } | null {
  const instructions = parseDockerfile(text)
  const copyAt = instructions.findIndex((instruction) => instruction.keyword === 'COPY')
  const copy = instructions[copyAt]
  if (copy === undefined || !isCheckoutCopy(copy)) return null
  const before = instructions.slice(0, copyAt).map((instruction) => instruction.keyword)
  if (before.join(' ') !== 'FROM' && before.join(' ') !== 'FROM WORKDIR') return null
  const [from] = instructions
  if (from === undefined || from.flags.length > 0 || !/^\S+$/.test(from.text)) return null
  if (instructions.slice(copyAt + 1).some(({ keyword }) => /^(?:FROM|COPY|ADD)$/.test(keyword))) return null
  const lines = text.split('\n')
  return { head: `${lines.slice(0, copy.lastLine).join('\n')}\n`, rest: lines.slice(copy.lastLine).join('\n') }
}

function isCheckoutCopy(instruction: Instruction): boolean {
  return instruction.flags.length === 0 && /^(?:\.\/)?repo\/?\s+\/testbed\/?$/.test(instruction.text.trim())
}

function problemsOfText(text: string): string[] {
  if (text.trim() === '') return ['line 1: the Dockerfile is empty — begin with FROM openswe-python-X.Y']
  const problems: string[] = []
  if (Buffer.byteLength(text) > maxBytes) problems.push(`line 1: more than ${maxBytes} bytes — shorten it`)
  if (text.trimEnd().split('\n').length > maxLines) problems.push(`line 1: more than ${maxLines} lines — shorten it`)
  text.split('\n').forEach((line, index) => {
    const at = `line ${index + 1}`
    if (/[\0\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(line))
      problems.push(`${at}: a NUL or a bidirectional control character — remove it`)
    if (/^\s*(?:#|\/\/)\s*syntax\s*=/i.test(line))
      problems.push(`${at}: a syntax line runs a program from elsewhere — remove it`)
    if (/^\s*#\s*escape\s*=/i.test(line)) problems.push(`${at}: an escape line changes how lines are read — remove it`)
  })
  return problems
}

function problemsOfWhole(instructions: readonly Instruction[]): Problem[] {
  const copies = instructions.some(
    ({ keyword, text }) =>
      /^(?:COPY|ADD)$/.test(keyword) &&
      /\srepo\/?\s/.test(` ${text.replace(/\.\//g, '')} `) &&
      text.includes(testbedPath),
  )
  return copies ? [] : [{ line: 1, problem: `the repository is not copied — add COPY repo ${testbedPath}` }]
}

/** One image from outside; further stages only from stages of this file. */
function problemsOfBases(instructions: readonly Instruction[], rules: DockerfileRules): Problem[] {
  const problems: Problem[] = []
  const stages = new Set<string>()
  let external = 0
  for (const { keyword, line, text } of instructions) {
    if (keyword !== 'FROM') continue
    const [written = '', as, stage] = text.trim().split(/\s+/)
    const base = withArguments(written, instructions)
    if (!stages.has(base)) {
      external += 1
      if (!rules.allowedBases(base))
        problems.push({ line, problem: `${base} is no base image of ours — use FROM openswe-python-X.Y` })
    }
    if (as?.toUpperCase() === 'AS' && stage !== undefined) stages.add(stage)
  }
  if (external === 0) problems.push({ line: 1, problem: 'there is no base image — begin with FROM openswe-python-X.Y' })
  if (external > 1) problems.push({ line: 1, problem: `${external} base images — use one` })
  return problems
}

/** The image that a Dockerfile begins with, arguments filled in; empty where it has no FROM. */
export function baseImageOf(text: string): string {
  const instructions = parseDockerfile(text)
  const first = instructions.find(({ keyword }) => keyword === 'FROM')
  return withArguments(first?.text.trim().split(/\s+/)[0] ?? '', instructions)
}

/** `$NAME`, `${NAME}` and `${NAME:-default}` by the ARG lines before the first FROM. */
function withArguments(written: string, instructions: readonly Instruction[]): string {
  const values = new Map<string, string>()
  for (const { keyword, text } of instructions) {
    if (keyword === 'FROM') break
    const [, name, value] = /^(\w+)=["']?([^"']*)["']?$/.exec(text.trim()) ?? []
    if (keyword === 'ARG' && name !== undefined) values.set(name, value ?? '')
  }
  return written.replace(
    /\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})/g,
    (whole, plain: string, braced: string, otherwise: string) => {
      return values.get(plain ?? braced) ?? otherwise ?? whole
    },
  )
}

function problemsOfInstruction(
  instruction: Instruction,
  all: readonly Instruction[],
  rules: DockerfileRules,
): readonly string[] {
  const { keyword, text } = instruction
  switch (keyword) {
    case 'FROM':
    case 'WORKDIR':
    case 'EXPOSE':
    case 'MAINTAINER':
      return []
    case 'RUN':
      return [
        ...problemsOfHeredocs(instruction),
        ...problemsOfRunFlags(instruction),
        ...problemsOfRun(instruction, rules),
      ]
    case 'COPY':
    case 'ADD':
      return problemsOfCopy(instruction, all)
    case 'ARG':
    case 'ENV':
      return problemsOfVariables(instruction)
    case 'LABEL':
      return /(?:^|\s)["']?openswe\./.test(text) ? ['labels openswe.* are ours — remove it'] : []
    case 'USER':
      return /^(?:root|0)(?::(?:root|0))?$/.test(text.trim()) ? [] : ['tests run as root — remove USER']
    case 'SHELL':
      return isPlainShell(instruction.json?.slice(0, 1)) ? [] : ['SHELL may only be sh or bash — remove it']
    case 'CMD':
      return isIdle(instruction) ? [] : ['CMD hides what the image does when it is run — remove it']
    case 'ENTRYPOINT':
      return ['ENTRYPOINT stands between grading and the tests — remove it']
    case 'ONBUILD':
    case 'HEALTHCHECK':
    case 'VOLUME':
    case 'STOPSIGNAL':
      return [`${keyword} gives the image a state or behaviour that is not in its files — remove it`]
    default:
      return [`${keyword} is no instruction — correct it`]
  }
}

/**
 * An engine that knows no heredocs reads their lines as instructions. It refuses the whole Dockerfile at the closing
 * line, unless that is an instruction itself.
 */
function problemsOfHeredocs({ heredocs }: Instruction): string[] {
  return heredocs.flatMap(({ delimiter, isClosed }) => [
    ...(isClosed ? [] : [`the heredoc ${delimiter} is not closed — add a line ${delimiter}`]),
    ...(instructionNames.test(delimiter)
      ? [`the heredoc ${delimiter} is named as an instruction is — name it EOF`]
      : []),
  ])
}

const instructionNames =
  /^(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)$/i

function problemsOfRunFlags({ flags }: Instruction): string[] {
  return flags
    .filter(({ name, value }) => {
      if (name === 'network') return value !== 'none' && value !== 'default'
      if (name !== 'mount') return true
      return /(?:^|,)(?:from|source|src)=/.test(value) || !/(?:^|,)type=(?:cache|tmpfs)(?:,|$)/.test(value)
    })
    .map(({ name, value }) => `RUN --${name}=${value} reaches out of the build — remove it`)
}

function problemsOfRun({ text, json }: Instruction, rules: DockerfileRules): readonly string[] {
  return json === null ? problemsOfCommands(text, rules) : problemsOfArgv(json, rules)
}

function problemsOfCopy(instruction: Instruction, all: readonly Instruction[]): string[] {
  const { keyword, text, json, flags, heredocs } = instruction
  if (heredocs.length > 0) return [`${keyword} with a heredoc — write the file by RUN`]
  const problems: string[] = []
  const from = flags.find((flag) => flag.name === 'from')
  if (from && !isStage(from.value, instruction, all))
    problems.push(`--from=${from.value} is no stage of this file — remove it`)
  const words = json ?? text.trim().split(/\s+/)
  const target = words.at(-1) ?? ''
  for (const source of from ? [] : words.slice(0, -1)) {
    if (/:\/\/|^[\w.-]+@[\w.-]+:|^git@|\.git(?:#.*)?$/.test(source)) {
      problems.push(`${keyword} ${source} would be fetched from outside the build — remove it`)
    } else if (!/^(?:\.?\/)?repo(?:\/|$)/.test(source) || source.split('/').includes('..')) {
      problems.push(`${keyword} ${source}: the build context holds only the repository — copy from repo/`)
    }
  }
  return [...problems, ...problemsOfCommands(`cp x '${target.replaceAll("'", '')}'`, { repo: '/', projectNames: [] })]
}

function isStage(name: string, instruction: Instruction, all: readonly Instruction[]): boolean {
  const stages = all.filter(({ keyword, line }) => keyword === 'FROM' && line < instruction.line)
  return stages.some(({ text }, index) => String(index) === name || text.trim().split(/\s+/)[2] === name)
}

const secretName = /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|CREDENTIALS?|PRIVATE_KEY)(?:_|$)/i

function problemsOfVariables({ keyword, text }: Instruction): string[] {
  const names = variableNames(text)
  const problems = names
    .filter((name) => secretName.test(name))
    .map((name) => `${keyword} ${name}: a secret would stay in the image — remove it`)
  if (names.includes('PATH') && !/\$\{?PATH\b/.test(text))
    problems.push(`${keyword} PATH drops what the base image has — keep $PATH in it`)
  return [...problems, ...problemsOfCommands(`echo '${text.replaceAll("'", '')}'`, { repo: '/', projectNames: [] })]
}

function variableNames(text: string): string[] {
  const assigned = [...text.matchAll(/(?:^|\s)([A-Za-z_]\w*)=/g)].map((match) => match[1] ?? '')
  return assigned.length > 0 ? assigned : [/^\w+/.exec(text.trim())?.[0] ?? '']
}

/** What keeps a container open without doing anything. */
function isIdle({ json, text }: Instruction): boolean {
  const words = json ?? text.trim().split(/\s+/)
  return isPlainShell(words) || words.join(' ') === 'sleep infinity' || words.join(' ') === 'tail -f /dev/null'
}

function isPlainShell(words: readonly string[] | undefined): boolean {
  return words?.length === 1 && /^(?:\/(?:usr\/)?bin\/)?(?:ba)?sh$/.test(words[0] ?? '')
}
