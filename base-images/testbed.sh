#!/bin/sh
# The environment contract without conda: testbed as a virtual environment of the interpreter $1 (a path, or a version
# that uv has installed), and a `conda` that can activate it.
set -eu
setup=$(dirname "$0")
testbed=/opt/conda/envs/testbed

mkdir -p /opt/conda/bin /opt/conda/etc/profile.d
cp "$setup/conda.sh" /opt/conda/etc/profile.d/conda.sh
cp "$setup/profile.sh" /etc/profile.d/openswe.sh
install -m 755 "$setup/conda-command.sh" /opt/conda/bin/conda

uv venv -q --python "$1" "$testbed"
# setuptools 81 and later have no pkg_resources, which the releases of most years before import at run time.
uv pip install -q --python "$testbed/bin/python" pip 'setuptools<81' wheel
rm -f /tmp/uv-*.lock
