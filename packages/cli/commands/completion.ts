import { defineCommand } from '../command.ts'
import { exitStatus } from '../exit-status.ts'
import { jsonFlag } from '../parameters.ts'
import type { JsonFlags } from '../parameters.ts'

/** Each asks `atoll complete` for words with the typed ones after `--`; it answers `WORD<tab>meaning` lines. */
const scripts = {
  bash: `_atoll() {
  local line word
  COMPREPLY=()
  while IFS= read -r line; do
    printf -v word %q "\${line%%$'\\t'*}"
    COMPREPLY+=("$word")
  done < <(atoll complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _atoll atoll
`,
  zsh: `#compdef atoll
_atoll() {
  local line
  local -a proposals
  for line in "\${(@f)$(atoll complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && proposals+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#proposals )); then _describe atoll proposals; else _files; fi
}
if [[ $funcstack[1] == _atoll ]]; then _atoll "$@"; else compdef _atoll atoll; fi
`,
  fish: `function __atoll_complete
  set -l typed (commandline -opc) (commandline -ct)
  atoll complete -- $typed[2..-1] 2>/dev/null
end
complete -c atoll -a '(__atoll_complete)'
`,
} as const

type Shell = keyof typeof scripts

export const command = defineCommand<JsonFlags, [shell: Shell]>({
  description: 'Completes commands, flags, and the names of apps and services.',
  usage: 'bash|zsh|fish',
  examples: [
    ['source <(atoll completion bash)', 'in ~/.bashrc'],
    ['source <(atoll completion zsh)', 'in ~/.zshrc, after compinit'],
    ['atoll completion fish > ~/.config/fish/completions/atoll.fish', 'once'],
  ],
  parameters: {
    flags: jsonFlag,
    positional: {
      kind: 'tuple',
      parameters: [{ parse: parseShell, brief: 'bash, zsh or fish', placeholder: 'shell', proposeCompletions }],
    },
  },
  run: async (cli, flags, shell) => {
    cli.stdout.write(flags.json ? `${JSON.stringify({ shell, script: scripts[shell] })}\n` : scripts[shell])
    return exitStatus.good
  },
})

function parseShell(input: string): Shell {
  if (input in scripts) return input as Shell
  throw new SyntaxError(`${input} is no shell we complete for: bash, zsh or fish`)
}

function proposeCompletions(partial: string): readonly string[] {
  return Object.keys(scripts).filter((shell) => shell.startsWith(partial))
}
