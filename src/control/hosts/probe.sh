# What `openswe hosts check` asks of a host, in one go. POSIX sh, read from standard input; its arguments: a word that
# begins each line of the answer, the path of the Docker socket, the work folder. It changes nothing, but for a folder
# that it makes and removes. Whatever it cannot find out it leaves out.

say() {
  printf '%s %s %s\n' "$nonce" "$1" "$2"
}

# Docker's client waits for ever for an engine that hangs.
within() {
  seconds=$1
  shift
  if command -v timeout >/dev/null; then timeout "$seconds" "$@"; else "$@"; fi
}

say_disk() {
  # shellcheck disable=SC2046 # its columns are wanted
  set -- "$1" "$2" $(df -Pk "$2" | tail -n 1)
  say "$1.folder" "$2"
  say "$1.free_kib" "$6"
  # shellcheck disable=SC2046
  set -- "$1" $(df -Pi "$2" | tail -n 1)
  say "$1.inodes" "$3"
  say "$1.free_inodes" "$5"
}

ask_docker() {
  if command -v docker >/dev/null; then
    ask=ask_client
  elif command -v curl >/dev/null; then
    ask=ask_socket
  else
    say docker.client none
    return
  fi
  version=$($ask version 5) || return
  info=$($ask info 20)
  images=$($ask images 20)
  say docker.version "$version"
  say docker.info "$info"
  # shellcheck disable=SC2086 # a line each becomes one line
  say docker.images "$(echo $images)"
  root=$(printf '%s' "$info" | sed -n 's/.*"DockerRootDir":"\([^"]*\)".*/\1/p')
  if [ -d "$root" ]; then say_disk docker "$root"; fi
}

ask_client() {
  case $1 in
    version) set -- "$2" version --format '{{json .Server}}' ;;
    info) set -- "$2" info --format '{{json .}}' ;;
    images) set -- "$2" images --filter 'reference=openswe-python-*' --format '{{.Repository}}:{{.Tag}}' ;;
  esac
  seconds=$1
  shift
  within "$seconds" docker -H "unix://$socket" "$@"
}

ask_socket() {
  case $1 in
    images) set -- 'images/json?filters=%7B%22reference%22%3A%5B%22openswe-python-%2A%22%5D%7D' "$2" ;;
  esac
  curl -sSf --max-time "$2" --unix-socket "$socket" "http://docker/$1"
}

look_at_socket() {
  if [ ! -S "$socket" ]; then
    say docker.socket absent
    return
  fi
  # shellcheck disable=SC2012 # the group, which test cannot tell
  say docker.group "$(ls -ldL "$socket" | { read -r _ _ _ group _ && echo "$group"; })"
  if [ -r "$socket" ] && [ -w "$socket" ]; then
    say docker.socket usable
    ask_docker
  else
    say docker.socket denied
  fi
}

look_at_work_folder() {
  folder=$work
  while [ ! -e "$folder" ]; do folder=$(dirname "$folder"); done
  if [ ! -d "$folder" ]; then
    say work.trial "not-a-folder $folder"
    return
  fi
  say_disk work "$folder"
  trial=$(mktemp -d "$folder/.openswe-probe.XXXXXX") || {
    say work.trial "not-writable $folder"
    return
  }
  printf '#!/bin/sh\nexit 0\n' >"$trial/run"
  chmod 700 "$trial/run"
  if "$trial/run"; then say work.trial fine; else say work.trial "no-exec $folder"; fi
  rm -rf "$trial"
}

main() {
  nonce=$1
  socket=$2
  work=$3
  case $work in "~/"*) work=$HOME/${work#??} ;; esac
  say begin 1
  say clock "$(date +%s.%N)"
  say user "$(id -un)"
  say system "$(uname -s)"
  say machine "$(uname -m)"
  say os "$(. /etc/os-release && echo "$PRETTY_NAME")"
  say libc "$(getconf GNU_LIBC_VERSION || ldd --version 2>&1 | head -n 1)"
  say cpus "$(getconf _NPROCESSORS_ONLN || nproc)"
  say memory "$(sed -n 's/^MemTotal: *//p' /proc/meminfo)"
  say memory.available "$(sed -n 's/^MemAvailable: *//p' /proc/meminfo)"
  if grep -qw avx2 /proc/cpuinfo; then say avx2 yes; fi
  say git "$(git --version)"
  look_at_work_folder
  look_at_socket
  say clock.end "$(date +%s.%N)"
  say end 1
}

main "$@" </dev/null 2>/dev/null
