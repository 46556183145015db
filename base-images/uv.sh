#!/bin/sh
# uv $2 in an environment of its own, made with the interpreter $1, so that nothing in testbed shadows or upgrades it;
# and the settings of pip and uv for everybody: which index, no caches.
set -eu
setup=$(dirname "$0")
cp "$setup/pip.conf" /etc/pip.conf
install -D -m 644 "$setup/uv.toml" /etc/uv/uv.toml
"$1" -m venv /opt/uv
/opt/uv/bin/pip install -q "uv==$2"
ln -s /opt/uv/bin/uv /opt/uv/bin/uvx /usr/local/bin/
