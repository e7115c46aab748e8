import type { Context } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { UsageFailure } from '../failure.ts';

/*
 * Each script hands the words before the cursor to `kubectl-podcert __complete`, which answers as cobra's programs do: a candidate a line, a tab and
 * what it is, and at the end `:4`, or `:0` where files are meant. Of `--flag=value` only the value comes back.
 */

const BASH = `# bash completion of kubectl-podcert
_kubectl_podcert() {
  local line=\${COMP_LINE:0:COMP_POINT} words answer
  read -ra words <<< "$line"
  if [[ $line == *[[:space:]] ]]; then words+=(''); fi
  answer=$(kubectl-podcert __complete "\${words[@]:1}" 2>/dev/null) || return
  if [[ \${answer##*$'\\n'} == :0 ]]; then compopt -o default; fi
  local cur=\${words[-1]}
  if [[ $cur == -*=* && $COMP_WORDBREAKS == *=* ]]; then cur=\${cur#*=}; fi
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    if [[ $value != :* && $value == "$cur"* ]]; then COMPREPLY+=("$value"); fi
  done <<< "$answer"
}
complete -F _kubectl_podcert kubectl-podcert
`;

const ZSH = `#compdef kubectl-podcert
# zsh completion of kubectl-podcert
_kubectl_podcert() {
  local -a lines candidates
  lines=("\${(@f)$(kubectl-podcert __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ \${lines[-1]} == :0 ]]; then _files; return; fi
  local line
  for line in "\${lines[@]}"; do
    [[ -z $line || $line == :* ]] && continue
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  compset -P '-*='
  _describe 'kubectl-podcert' candidates
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _kubectl_podcert "$@"; else compdef _kubectl_podcert kubectl-podcert; fi
`;

const FISH = `# fish completion of kubectl-podcert
function __kubectl_podcert_complete
  set -l token (commandline -ct)
  set -l words (commandline -opc)
  set -l lines (kubectl-podcert __complete $words[2..] "$token" 2>/dev/null)
  if test "$lines[-1]" = ':0'
    __fish_complete_path "$token"
    return
  end
  set -l prefix (string match -r -- '^-.*=' "$token")
  for line in (string match -v -- ':*' $lines)
    echo "$prefix$line"
  end
end
complete -c kubectl-podcert -f -a '(__kubectl_podcert_complete)'
`;

const POWERSHELL = `# PowerShell completion of kubectl-podcert
Register-ArgumentCompleter -Native -CommandName kubectl-podcert -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.Extent } |
    Where-Object { $_.StartOffset -lt $cursorPosition } | ForEach-Object { $_.Text })
  if ($wordToComplete -eq '') { $words += '""' }
  $prefix = if ($wordToComplete -match '^-.*=') { $Matches[0] } else { '' }
  kubectl-podcert __complete @words 2>$null | Where-Object { $_ -and -not $_.StartsWith(':') } | ForEach-Object {
    $value, $about = $_ -split "\`t", 2
    if (-not $about) { $about = $value }
    $text = "$prefix$value"
    if ($text -like "$wordToComplete*") {
      [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $about)
    }
  }
}
`;

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL };

/** The shells that there is a script for. */
export const SHELLS = Object.keys(SCRIPTS);

/** `kubectl podcert completion SHELL`. */
export async function printScript({ words, terminal }: Context): Promise<ExitStatus> {
  const [shell = '', ...more] = words;
  const script = Object.hasOwn(SCRIPTS, shell) && more.length === 0 ? SCRIPTS[shell] : undefined;
  if (script === undefined) throw new UsageFailure('"completion" takes the name of a shell', `write one of ${SHELLS.join(', ')}`);
  terminal.out(script);
  return EXIT.done;
}
