# Sourced by tests/all and tests/demo.

configure() {  # DIRECTORY [meson option...]: once
  local directory=$1
  shift
  [ -f "$directory/build.ninja" ] || meson setup "$@" "$directory"
}

build() {  # DIRECTORY [meson option...]: configures it once, then builds it all
  configure "$@"
  ninja -C "$1"
}
