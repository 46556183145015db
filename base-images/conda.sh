# Shell side of the `conda` stand-in, sourced by sh and bash: `conda activate` and `conda deactivate` for images whose
# environments are virtual environments. Every other command goes to /opt/conda/bin/conda.

_openswe_conda_leave() {
  [ -n "${CONDA_PREFIX-}" ] || return 0
  _openswe_conda_path=":$PATH:"
  while :; do
    case $_openswe_conda_path in
      *":$CONDA_PREFIX/bin:"*)
        _openswe_conda_path="${_openswe_conda_path%%":$CONDA_PREFIX/bin:"*}:${_openswe_conda_path#*":$CONDA_PREFIX/bin:"}"
        ;;
      *) break ;;
    esac
  done
  _openswe_conda_path=${_openswe_conda_path#:}
  PATH=${_openswe_conda_path%:}
  export PATH
  unset CONDA_PREFIX CONDA_DEFAULT_ENV CONDA_SHLVL UV_PYTHON _openswe_conda_path
}

_openswe_conda_enter() {
  case $1 in
    base) _openswe_conda_prefix=/opt/conda ;;
    */*) _openswe_conda_prefix=${1%/} ;;
    *) _openswe_conda_prefix=/opt/conda/envs/$1 ;;
  esac
  if [ ! -d "$_openswe_conda_prefix/bin" ]; then
    echo "conda: no environment named $1; there is: $(ls -m /opt/conda/envs)" >&2
    unset _openswe_conda_prefix
    return 1
  fi
  _openswe_conda_leave
  CONDA_PREFIX=$_openswe_conda_prefix
  CONDA_DEFAULT_ENV=$1
  CONDA_SHLVL=1
  PATH=$CONDA_PREFIX/bin:$PATH
  export CONDA_PREFIX CONDA_DEFAULT_ENV CONDA_SHLVL PATH
  if [ -x "$CONDA_PREFIX/bin/python" ]; then
    UV_PYTHON=$CONDA_PREFIX/bin/python
    export UV_PYTHON
  fi
  unset _openswe_conda_prefix
  hash -r
}

conda() {
  case "${1-}" in
    activate) _openswe_conda_enter "${2:-base}" ;;
    deactivate) _openswe_conda_leave ;;
    *) command /opt/conda/bin/conda "$@" ;;
  esac
}
