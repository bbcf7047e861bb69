# Sourced by tests/all and tests/demo: names what they need, and installs what
# is missing.  A machine that has everything is neither asked for root nor for
# the network; one without dpkg is trusted to have it.

packages_to_build=(g++ meson ninja-build pkg-config libuv1-dev libssl-dev
  libsqlite3-dev libpcre2-dev doctest-dev)
packages_to_show=(openssl sqlite3)
packages_to_test=(openssl sqlite3 python3 curl isync
  libsasl2-modules-kdexoauth2 fetchmail perdition
  fail2ban gdb gnutls-bin mandoc clang-format clang-tidy)
packages_of_dovecot=(dovecot-imapd dovecot-pop3d)

missing_packages() {  # NAME...
  local package
  for package; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
      grep -qx installed || echo "$package"
  done
}

install_packages() {  # NAME...
  local missing installer
  command -v dpkg-query >/dev/null || return 0
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  installer=("$(dirname "${BASH_SOURCE[0]}")/install-packages" "${missing[@]}")
  echo "installing: ${missing[*]}"
  if [ "$(id -u)" = 0 ]; then
    "${installer[@]}"
  elif command -v sudo >/dev/null; then
    sudo "${installer[@]}"
  else
    echo "No sudo here.  As root: ${installer[*]}" >&2
    return 1
  fi
}
