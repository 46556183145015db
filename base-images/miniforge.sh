#!/bin/sh
# The environment contract with conda itself: Miniforge release $1 in /opt/conda, testbed with Python $2.
set -eu
setup=$(dirname "$0")
installer=/tmp/miniforge.sh

curl -fsSL --retry 3 -o "$installer" \
  "https://github.com/conda-forge/miniforge/releases/download/$1/Miniforge3-$1-Linux-$(uname -m).sh"
sh "$installer" -b -p /opt/conda
rm "$installer"
/opt/conda/bin/conda create -q -y -n testbed "python=$2" pip 'setuptools<81' wheel
/opt/conda/bin/conda clean -q -afy
cp "$setup/profile.sh" /etc/profile.d/openswe.sh
