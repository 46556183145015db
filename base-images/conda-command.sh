#!/bin/sh
# Command side of the `conda` stand-in: what Dockerfiles and eval scripts use of conda besides `conda activate`.
# What it cannot do it refuses, with exit code 1 and what to do instead.
set -eu
envs=/opt/conda/envs

refuse() {
  echo "conda: this image has virtual environments in place of conda: $1" >&2
  exit 1
}

run() {
  name=base
  while [ $# -gt 0 ]; do
    case $1 in
      -n | --name | -p | --prefix) name=$2 && shift 2 ;;
      --cwd) cd "$2" && shift 2 ;;
      -*) shift ;;
      *) break ;;
    esac
  done
  . /opt/conda/etc/profile.d/conda.sh
  conda activate "$name"
  exec "$@"
}

create() {
  name=
  python=$("$envs/testbed/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  while [ $# -gt 0 ]; do
    case $1 in
      -n | --name) name=$2 && shift 2 ;;
      -c | --channel) shift 2 ;;
      -* | pip | setuptools | wheel) shift ;;
      python | "python=$python" | "python=$python."* | "python==$python" | "python==$python."*) shift ;;
      *) refuse "its Python is $python, and it cannot create an environment with $1" ;;
    esac
  done
  [ -n "$name" ] || refuse "conda create needs -n NAME"
  [ -d "$envs/$name" ] || uv venv -q --seed --python "$envs/testbed/bin/python" "$envs/$name"
}

case "${1-}" in
  run) shift && run "$@" ;;
  create) shift && create "$@" ;;
  activate | deactivate) refuse "run '. /opt/conda/etc/profile.d/conda.sh' before conda $1" ;;
  shell.bash | shell.posix) cat /opt/conda/etc/profile.d/conda.sh ;;
  info) echo /opt/conda ;;
  env) for env in "$envs"/*; do printf '%-20s %s\n' "${env##*/}" "$env"; done ;;
  init | config | clean) ;;
  -V | --version) echo "conda 0.0.0 (openswe stand-in)" ;;
  *) refuse "use pip or uv in place of 'conda $*', or a base image of the conda flavour" ;;
esac
