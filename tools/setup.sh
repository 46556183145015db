#!/bin/sh
# Makes a machine ready for `npm start` and `npm test`: Bun, the packages, and a Docker engine that answers.
# Does only what is missing, and says what it does. Exit code 3: something is missing that it cannot install.
# tools/setup.sh --for-tests: and for what the tests need besides: an SSH server, network tools and Python.
set -eu
cd "$(dirname "$0")/.."

say() {
  echo "setup: $*" >&2
}

give_up() {
  say "$*"
  exit 3
}

bun() {
  sh tools/bun.sh "$@"
}

engine_answers() {
  reason=$(bun tools/engine-answers.ts)
}

# Debian and what descends from it, as root; elsewhere the person has to do it.
can_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

install() {
  say "installing from Debian's packages: $*"
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
  log=$(mktemp)
  if ! { apt-get update -q && apt-get install -y -q "$@"; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    give_up "apt-get could not install $*; its whole output is in $log"
  fi
  rm "$log"
}

# What root's PATH alone may have.
has_system_tool() {
  command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]
}

# The tests start their own on loopback. The package's service is not to come up on this machine because of them.
keep_sshd_off() {
  say "the service of openssh-server stays off; to use it: rm /etc/ssh/sshd_not_to_be_run, then start it"
  mkdir -p /etc/ssh
  : >/etc/ssh/sshd_not_to_be_run
}

has_slurm() {
  has_system_tool munged && has_system_tool slurmctld && has_system_tool slurmd
}

# Neither are those that are installed for the tests: what `systemctl mask` does, also where there is no unit yet.
keep_slurm_off() {
  say "the services of Slurm stay off; to use them: systemctl unmask munge slurmctld slurmd, then start them"
  mkdir -p /etc/systemd/system
  has_system_tool munged || ln -sf /dev/null /etc/systemd/system/munge.service
  has_system_tool slurmctld || ln -sf /dev/null /etc/systemd/system/slurmctld.service
  has_system_tool slurmd || ln -sf /dev/null /etc/systemd/system/slurmd.service
}

# systemd where it rules, else by hand: then nobody else starts the engine either.
start_engine() {
  if [ -d /run/systemd/system ]; then
    say "starting the Docker engine: systemctl start docker"
    systemctl start docker || give_up "systemctl could not start docker; see: journalctl -u docker"
    return
  fi
  log=/var/log/openswe-dockerd.log
  setsid dockerd >"$log" 2>&1 </dev/null &
  started=$!
  say "started dockerd as process $started, log in $log; to stop it: kill $started"
}

wait_for_engine() {
  tries=0
  until engine_answers; do
    tries=$((tries + 1))
    if [ -n "${started-}" ] && ! kill -0 "$started" 2>/dev/null; then
      give_up "dockerd ended: $(tail -n 1 "$log")"
    fi
    [ "$tries" -lt 60 ] || give_up "the Docker engine does not answer ($reason)"
    sleep 0.5
  done
}

bun install --frozen-lockfile --silent || give_up "bun install failed; see above"

case ${DOCKER_HOST-} in
  '' | unix://*) ;;
  *) give_up "DOCKER_HOST is $DOCKER_HOST, and only unix:// sockets are supported" ;;
esac

missing=
command -v git >/dev/null || missing="$missing git"
engine_answers || {
  [ -z "${DOCKER_HOST-}" ] || give_up "no Docker engine answers on DOCKER_HOST: $reason"
  command -v dockerd >/dev/null || missing="$missing docker.io"
}
# The base images of the demonstration and of the tests are bootstrapped from a Debian mirror.
if can_install && ! command -v debootstrap >/dev/null; then
  missing="$missing debootstrap debian-archive-keyring"
fi
if [ "${1-}" = --for-tests ] && ! has_system_tool sshd; then
  missing="$missing openssh-server"
  if can_install; then keep_sshd_off; fi
fi

# Test fleets are machines in network namespaces.
if [ "${1-}" = --for-tests ]; then
  { has_system_tool ip && has_system_tool tc; } || missing="$missing iproute2"
  has_system_tool iptables || missing="$missing iptables"
fi
if [ "${1-}" = --for-tests ] && ! has_slurm; then
  missing="$missing slurmctld slurmd"
  if can_install; then keep_slurm_off; fi
fi

# The tests read what is exported by the libraries that trainers read it with.
if [ "${1-}" = --for-tests ] && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  missing="$missing python3-venv"
fi

if [ -n "$missing" ]; then
  can_install || give_up "please install$missing, then come back (on Debian and Ubuntu, root can let this script do it)"
  # shellcheck disable=SC2086 # a list of words
  install $missing
fi
if ! engine_answers; then
  [ "$(id -u)" = 0 ] || give_up "no Docker engine answers ($reason); start it, or join its group: usermod -aG docker $(id -un)"
  start_engine
  wait_for_engine
fi
say "ready: Bun $(bun --version), Docker engine answers"
