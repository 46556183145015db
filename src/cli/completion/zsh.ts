import { shellQuote } from '../../util/shell-quote.ts'
import type { CompletedCommand, CompletedOption, Completion } from './completed.ts'

/** To be put in a folder of zsh's `fpath` as `_openswe`, or to be sourced. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, summary }) => `    ${shellQuote(`${name}:${summary}`)}\n`)
  return `#compdef openswe
# Completion of openswe for zsh: source <(openswe completion zsh)

# Ids of instances in the database that is named on the line.
_openswe_instances() {
  local -a ids
  ids=(\${(f)"$(openswe completion instances \${opt_args[--db]:+--db} \${opt_args[--db]} 2>/dev/null)"})
  compadd "$@" -a ids
}

_openswe() {
  local curcontext=$curcontext state line
  local -A opt_args
  local -a commands
  commands=(
${described.join('')}  )
  _arguments -C '(- *)--help[Print the commands]' '(- *)--version[Print the version]' '1:command:->command' '*::word:->words'
  case $state in
    command) _describe -t commands 'openswe command' commands ;;
    words)
      case $words[1] in
${commands.map(argumentsOf).join('')}      esac
      ;;
  esac
}

if [[ $funcstack[1] == _openswe ]]; then
  _openswe "$@"
else
  compdef _openswe openswe
fi
`
}

function argumentsOf({ name, options, words, isOpenEnded }: CompletedCommand): string {
  const places = words.map((completion, index) => {
    const place = isOpenEnded && index === words.length - 1 ? '*' : String(index + 1)
    return shellQuote(`${place}:${wordName(completion)}:${actionOf(completion)}`)
  })
  const specs = [...options.map((option) => shellQuote(specOf(option))), ...places]
  return `        ${name})\n          _arguments -S ${specs.join(' \\\n            ')}\n          ;;\n`
}

function specOf({ name, description, value }: CompletedOption): string {
  const shown = description.replace(/[\\[\]:]/g, '\\$&')
  if (value === null) return `${name}[${shown}]`
  return `${name}=[${shown}]:${value.name.replaceAll(':', '\\:')}:${actionOf(value.completion)}`
}

function wordName(completion: Completion): string {
  switch (completion.kind) {
    case 'instances':
      return 'instance'
    case 'files':
      return 'file'
    case 'folders':
      return 'folder'
    case 'words':
    case 'nothing':
      return 'word'
  }
}

function actionOf(completion: Completion): string {
  switch (completion.kind) {
    case 'words':
      return completion.isList ? `_values -s , word ${completion.words.join(' ')}` : `(${completion.words.join(' ')})`
    case 'instances':
      return completion.isList ? '_sequence _openswe_instances' : '_openswe_instances'
    case 'files':
      return '_files'
    case 'folders':
      return '_files -/'
    case 'nothing':
      return ' '
  }
}
