import type { CompletedCommand, Completion } from './completed.ts'

/** To be sourced by bash. What comes from the database is never evaluated. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const names = [...commands.map(({ name }) => name), 'help', '--help', '--version']
  return `# Completion of openswe for bash: source <(openswe completion bash)

# The words of $1 that go on with what is typed; with a second argument, behind its last comma.
_openswe_words() {
  local kept=
  if [[ -n $2 && $cur == *,* ]]; then kept=\${cur%,*},; fi
  mapfile -t COMPREPLY < <(compgen -P "$kept" -W "$1" -- "\${cur#"$kept"}")
}

# Ids of instances in the database that is named on the line.
_openswe_instances() {
  local kept= db= id i
  if [[ -n $1 && $cur == *,* ]]; then kept=\${cur%,*},; fi
  for ((i = 2; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} != --db ]]; then continue; fi
    db=\${COMP_WORDS[i + 1]}
    if [[ $db == = ]]; then db=\${COMP_WORDS[i + 2]}; fi
  done
  while read -r id; do
    if [[ $id == "\${cur#"$kept"}"* ]]; then COMPREPLY+=("$kept$id"); fi
  done < <("\${COMP_WORDS[0]}" completion instances \${db:+--db "$db"} 2>/dev/null)
}

_openswe() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  local options= valued= word skip= place=0 i
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _openswe_words '${names.join(' ')}'
    return
  fi
  # Bash takes --name=value apart.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $command in
${commands.map(optionsOf).join('')}  esac
  if [[ -n $prev && " $valued " == *" $prev "* ]]; then
    case "$command $prev" in
${commands.flatMap(valuesOf).join('')}    esac
    return
  fi
  if [[ $cur == -* ]]; then
    _openswe_words "$options"
    return
  fi
  for ((i = 2; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == = ]]; then
      continue
    elif [[ -n $skip ]]; then
      skip=
    elif [[ " $valued " == *" $word "* ]]; then
      skip=yes
    elif [[ $word != -* ]]; then
      ((place++))
    fi
  done
  case "$command $place" in
${commands.flatMap(wordsOf).join('')}  esac
}

complete -F _openswe openswe
`
}

function optionsOf({ name, options }: CompletedCommand): string {
  const valued = options.filter(({ value }) => value !== null)
  return `    ${name})
      options='${options.map((option) => option.name).join(' ')}'
      valued='${valued.map((option) => option.name).join(' ')}'
      ;;
`
}

function valuesOf({ name, options }: CompletedCommand): string[] {
  return options.flatMap((option) => {
    const action = option.value === null ? null : actionOf(option.value.completion)
    return action === null ? [] : [`      '${name} ${option.name}') ${action} ;;\n`]
  })
}

function wordsOf({ name, words, isOpenEnded }: CompletedCommand): string[] {
  return words.flatMap((completion, index) => {
    const action = actionOf(completion)
    const place = isOpenEnded && index === words.length - 1 ? `'${name} '*` : `'${name} ${index}'`
    return action === null ? [] : [`    ${place}) ${action} ;;\n`]
  })
}

function actionOf(completion: Completion): string | null {
  switch (completion.kind) {
    case 'words':
      return `_openswe_words '${completion.words.join(' ')}'${completion.isList ? ' list' : ''}`
    case 'instances':
      return `_openswe_instances${completion.isList ? ' list' : ''}`
    case 'files':
      return 'compopt -o default'
    case 'folders':
      return 'compopt -o dirnames'
    case 'nothing':
      return null
  }
}
