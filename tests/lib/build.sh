# Sourced by tests/all and tests/demo.

build() {  # DIRECTORY [meson option...]: configures it once, then builds
  local directory=$1
  shift
  [ -f "$directory/build.ninja" ] || meson setup "$@" "$directory"
  ninja -C "$directory"
}
