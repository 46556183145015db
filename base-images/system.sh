#!/bin/sh
# Debian packages of every base image: what C extensions are built with, and what Dockerfiles take for granted.
# The authorities of ca.pem are trusted from the first download on, since the mirror may be behind one of them.
set -eu
setup=$(dirname "$0")
export DEBIAN_FRONTEND=noninteractive
if [ -f "$setup/debian-mirror" ]; then
  rm -f /etc/apt/sources.list.d/debian.sources
  echo "deb $(cat "$setup/debian-mirror") $(. /etc/os-release && echo "$VERSION_CODENAME") main" >/etc/apt/sources.list
fi
# As Debian's own slim images do, here and for all that is installed later.
cat >/etc/dpkg/dpkg.cfg.d/openswe <<'END'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
END
[ ! -f "$setup/ca.pem" ] || set -- -o "Acquire::https::CaInfo=$setup/ca.pem"
apt-get "$@" update -q
apt-get "$@" install -y -q --no-install-recommends \
  bzip2 ca-certificates curl file g++ gcc git libc6-dev make patch pkg-config procps \
  python3 python3-dev python3-pip python3-venv tzdata unzip wget xz-utils
[ ! -f "$setup/ca.pem" ] || sh "$setup/trust.sh" "$setup/ca.pem"
git config --system --add safe.directory '*'
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/cache/ldconfig/aux-cache /var/log/apt /var/log/*.log
