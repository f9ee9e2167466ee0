/**
 * What a shell sources to complete the words of `sluice`. Each asks the program itself, so that it knows the commands of
 * the version that is installed; a line is a word, a tab and what it is about, or `:files`.
 */
export const SCRIPTS = {
  bash: String.raw`_sluice() {
  local line cur="${'$'}{COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files)
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
        ;;
      *) COMPREPLY+=("${'$'}{line%%$'\t'*}") ;;
    esac
  done < <("${'$'}{COMP_WORDS[0]/#\~/$HOME}" __complete -- "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _sluice sluice
`,
  zsh: String.raw`#compdef sluice
_sluice() {
  local line about files=0
  local -a values
  while IFS= read -r line; do
    case $line in
      :files) files=1 ;;
      *)
        about=${'$'}{line#*$'\t'}
        line=${'$'}{${'$'}{line%%$'\t'*}//:/\\:}
        values+=("$line${'$'}{about:+:$about}")
        ;;
    esac
  done < <("${'$'}{words[1]/#\~/$HOME}" __complete -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)
  (( files )) && _files
  (( $#values )) && _describe -V sluice values
}
compdef _sluice sluice
`,
  fish: String.raw`function __sluice_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in (sluice __complete -- $words[2..-1] 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c sluice -f -a '(__sluice_complete)'
`,
} as const;
export type Shell = keyof typeof SCRIPTS;
