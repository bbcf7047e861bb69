# Completion of posternctl for bash; what could come next is known to posternctl
# itself, and backends and services to the daemon.
_posternctl()
{
  local words
  words=$(posternctl complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
  # A colon separates words for the shell, but not in a backend's name.
  declare -F __ltrim_colon_completions >/dev/null &&
    __ltrim_colon_completions "${COMP_WORDS[COMP_CWORD]}"
  return 0
}
complete -F _posternctl posternctl
