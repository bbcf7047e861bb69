# Sourced by tests/all: runs steps and keeps count.  A step that fails does not
# keep the next from running, but for builds: nothing works without them.

passed=0
failed=0

headline() {
  printf '\n=== %s\n' "$*"
}

count() {  # PASSED FAILED
  passed=$((passed + $1))
  failed=$((failed + $2))
}

count_step() {  # NAME COMMAND...: one test
  local name=$1 status=0
  shift
  headline "$name"
  "$@" || status=$?
  case $status in
    0) count 1 0 ;;
    77) echo "skipped" ;;
    *) count 0 1 ;;
  esac
}

count_build() {  # DIRECTORY [meson option...]
  headline "build $*"
  build "$@"
}

# ThreadSanitizer of gcc 12 does not know where newer kernels put things.
no_randomness=()
if setarch -R true 2>/dev/null; then no_randomness=(setarch -R); fi

count_meson() {  # DIRECTORY [NAME or --suite=SUITE...]: of its meson tests
  local directory=$1 log=$1/meson-logs/testlog.json
  shift
  headline "$directory: ${*:-all tests}"
  rm -f "$log"
  "${no_randomness[@]}" meson test -C "$directory" --no-rebuild \
    --print-errorlogs --timeout-multiplier 10 "$@" || true
  if [ ! -s "$log" ]; then
    count 0 1
    return
  fi
  count "$(grep -cE '"result": "(OK|EXPECTEDFAIL)"' "$log" || true)" \
    "$(grep -cvE '"result": "(OK|EXPECTEDFAIL|SKIP)"' "$log" || true)"
}

count_system() {  # [option of tests/system/run...]
  local output
  headline "system tests $*"
  output=$("${no_randomness[@]}" tests/system/run "$@" | tee >(cat >&2) | tail -n 1) || true
  if [[ $output =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    count "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
  else
    count 0 1
  fi
}

print_total() {
  local status=$?
  if ((status != 0)); then count 0 1; fi
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0)) || exit 1
}
