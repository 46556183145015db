#!/bin/sh
# What every base image promises, checked inside a fresh container of it without network. $1 is the wanted Python.
# Prints one line for each broken promise, and ends with exit code 1 if there is any.
python=$1
broken=0

promise() { # what is promised, what is wanted, what there is
  [ "$2" = "$3" ] && return
  echo "$1: wanted '$2', there is '$3'"
  broken=1
}

version='import sys; print("%d.%d" % sys.version_info[:2])'
prefix='import sys; print(sys.prefix)'
testbed=/opt/conda/envs/testbed

promise 'python on PATH' "$python" "$(python -c "$version")"
promise 'python of bash -lc' "$testbed" "$(env -i HOME=/root bash -lc "python -c '$prefix'")"
promise 'python of conda activate' "$testbed" \
  "$(env -i HOME=/root PATH=/usr/bin:/bin sh -c '. /opt/conda/etc/profile.d/conda.sh && conda activate testbed && python -c "$1"' - "$prefix")"
promise 'pip, setuptools, wheel' ok "$(python -W ignore -c 'import setuptools, wheel, pip; print("ok")' 2>&1)"
promise 'headers for C extensions' ok "$(printf '#include <Python.h>\nint main(void) { return 0; }\n' >/tmp/check.c &&
  gcc -fsyntax-only "-I$(python -c 'import sysconfig; print(sysconfig.get_paths()["include"])')" /tmp/check.c 2>&1 && echo ok)"
for tool in g++ make git pkg-config; do
  promise "$tool" yes "$(command -v "$tool" >/dev/null && echo yes)"
done
promise 'uv' ok "$(uv --version >/dev/null 2>&1 && echo ok)"
case $python in
  2.* | 3.[0-7]) ;; # uv knows no environment as old as that
  *) promise 'uv in testbed' ok "$(uv pip show -q pip >/dev/null 2>&1 && echo ok)" ;;
esac
promise 'LANG' C.UTF-8 "${LANG-}"
promise 'git safe.directory' '*' "$(git config --system safe.directory)"
promise 'time zones' yes "$([ -f /usr/share/zoneinfo/Europe/Berlin ] && echo yes)"
promise 'caches left behind' '' "$(find /root/.cache /var/lib/apt/lists -mindepth 1 2>/dev/null | head -n 1)"
exit $broken
