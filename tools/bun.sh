#!/bin/sh
# Runs Bun with the given arguments: the one on PATH if it is recent enough, else a pinned one from npm, which is
# installed once into the user's cache.
set -eu
version=1.4.5
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/openswe/bun-$version

# Any 1.x from the pinned one on: a later minor release keeps what we use of it.
is_recent() {
  case $1 in
    1.4.[5-9] | 1.4.[1-9][0-9]* | 1.[5-9].* | 1.[1-9][0-9]*.*) return 0 ;;
    *) return 1 ;;
  esac
}

if command -v bun >/dev/null && is_recent "$(bun --version)"; then
  exec bun "$@"
fi
if [ ! -x "$cache/node_modules/.bin/bun" ]; then
  command -v npm >/dev/null || {
    echo "setup: neither Bun nor npm is here; install Node.js with npm, or Bun $version or later" >&2
    exit 3
  }
  echo "setup: fetching Bun $version from npm into $cache" >&2
  mkdir -p "$(dirname "$cache")"
  fresh=$(mktemp -d "$cache.XXXXXX")
  npm install --silent --no-fund --no-audit --prefix "$fresh" "bun@$version" >&2
  mv -T "$fresh" "$cache" 2>/dev/null || rm -rf "$fresh" # somebody else was faster
fi
PATH=$cache/node_modules/.bin:$PATH
export PATH
exec bun "$@"
