import type { CompletedCommand, CompletedOption, Completion } from './completed.ts'

/** To be put in a folder of fish's completions as `openswe.fish`, or to be sourced. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  return `# Completion of openswe for fish: openswe completion fish | source

# Whether the subcommand of the line is $argv[1]; without one, whether there is none yet.
function __openswe_command
    set -l words (commandline -opc)
    if test (count $argv) -eq 0
        test (count $words) -eq 1
    else
        test (count $words) -gt 1; and test "$words[2]" = "$argv[1]"
    end
end

# Ids of instances in the database that is named on the line.
function __openswe_instances
    set -l words (commandline -opc)
    set -l place (contains -i -- --db $words)
    and set -l db --db $words[(math $place + 1)]
    openswe completion instances $db 2>/dev/null
end

complete -c openswe -f
complete -c openswe -n __openswe_command -l help -d 'Print the commands'
complete -c openswe -n __openswe_command -l version -d 'Print the version'
${commands.map(linesOf).join('')}`
}

function linesOf({ name, summary, options, words }: CompletedCommand): string {
  const inside = `complete -c openswe -n ${fishQuote(`__openswe_command ${name}`)}`
  return [
    `\ncomplete -c openswe -n __openswe_command -a ${name} -d ${fishQuote(summary)}`,
    ...words.map(
      (completion, index) => `${words.length > 1 ? atPlace(name, index) : inside} ${argumentOf(completion)}`,
    ),
    ...options.map((option) => `${inside} ${optionOf(option)}`),
    '',
  ].join('\n')
}

/** Of a command whose words differ: options before them are taken for words, and only what is offered suffers. */
function atPlace(name: string, index: number): string {
  const condition = `__openswe_command ${name}; and test (count (commandline -opc)) -eq ${index + 2}`
  return `complete -c openswe -n ${fishQuote(condition)}`
}

function optionOf({ name, description, value }: CompletedOption): string {
  const named = `-l ${name.slice(2)} -d ${fishQuote(description)}`
  return value === null ? named : `${named} -r ${argumentOf(value.completion)}`
}

function argumentOf(completion: Completion): string {
  switch (completion.kind) {
    case 'words':
      return completion.isList
        ? `-f -a ${fishQuote(`(__fish_append , ${completion.words.join(' ')})`)}`
        : `-f -a ${fishQuote(completion.words.join(' '))}`
    case 'instances':
      return `-f -a ${fishQuote(completion.isList ? '(__fish_append , (__openswe_instances))' : '(__openswe_instances)')}`
    case 'files':
      return '-F'
    case 'folders':
      return "-f -a '(__fish_complete_directories)'"
    case 'nothing':
      return '-f'
  }
}

/** In single quotes fish knows two escapes, and a shell's way to leave them is none. */
function fishQuote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
