# Takes a program into openswe's work folder. POSIX sh. Arguments: a word that begins each line of the answer, the work
# folder, the program's name, and what to do. A program lies at bin/HASH/NAME, by its own SHA-256, and gets there by a
# rename: what is there is whole. Beside it, `shared` holds the hash of the stretch in it that other versions have too.

say() {
  printf '%s %s %s\n' "$nonce" "$1" "$2"
}

# Says what is there, and changes nothing. Where a program is there of those whose hashes are given, it says only that.
look() {
  say machine "$(uname -sm)"
  if grep -qw avx2 /proc/cpuinfo; then say avx2 yes; fi
  brief=
  for sha256 in "$@"; do
    place=$folder/bin/$sha256
    [ -x "$place/$name" ] || continue
    brief=1
    say have "$sha256 $(wc -c <"$place/$name")"
  done
  say brief "$brief"
  if [ -z "$brief" ]; then look_around; fi
  say folder "$folder"
}

look_around() {
  near=$folder
  while [ ! -e "$near" ]; do near=$(dirname "$near"); done
  # shellcheck disable=SC2046 # its columns are wanted
  set -- $(df -Pk "$near" | tail -n 1)
  say free_kib "$4"
  for packing in zstd gzip; do
    if command -v "$packing" >/dev/null; then say unpacks "$packing"; fi
  done
  for place in "$folder"/bin/*/; do
    [ -x "$place$name" ] || continue
    shared=
    if [ -f "${place}shared" ]; then read -r shared <"${place}shared"; fi
    place=${place%/}
    say have "${place##*/} $(wc -c <"$place/$name") $shared"
  done
}

# HASH PACKING, and for what comes without the stretch: SHARED FROM AT SIZE, where FROM is the hash of a program that has
# it. Unpacks what comes on standard input, and names it where it has the hash and runs.
take() {
  sha256=$1
  place=$folder/bin/$sha256
  umask 077
  mkdir -p "$place" || exit 1
  # What was left by those that were killed.
  find "$folder/bin" -name '.pushed-*' -mmin +60 -exec rm -f {} +
  draft=$place/.pushed-$nonce
  trap 'rm -f "$draft" "$draft-part"' EXIT
  trap 'exit 1' HUP INT TERM PIPE
  printf '#!/bin/sh\nexit 0\n' >"$draft" && chmod 700 "$draft" || exit 1
  "$draft" 2>/dev/null || {
    say noexec 1
    exit 1
  }
  if [ -z "$4" ]; then
    "$2" -dc >"$draft"
  else
    "$2" -dc >"$draft-part"
    join "$draft-part" "$folder/bin/$4/$name" "$5" "$6" >"$draft"
  fi
  sum=$(hash "$draft")
  say sha256 "${sum%% *}"
  [ "${sum%% *}" = "$sha256" ] || exit 1
  refusal=$("$draft" --version 2>&1 >/dev/null </dev/null) || {
    say refusal "$? $(echo "$refusal" | tr '\n' ' ')"
    exit 1
  }
  { sync "$draft" || sync; } && mv -f "$draft" "$place/$name" || exit 1
  if [ -n "$3" ]; then echo "$3" >"$place/shared"; fi
  say kept 1
  tidy
}

# A stretch of the second file, put into the first one at its place.
join() {
  head -c "$3" "$1"
  tail -c +$(($3 + 1)) "$2" | head -c "$4"
  tail -c +$(($3 + 1)) "$1"
}

hash() {
  if command -v sha256sum >/dev/null; then
    sha256sum <"$1"
  elif command -v shasum >/dev/null; then
    shasum -a 256 <"$1"
  else
    openssl dgst -sha256 -r <"$1"
  fi
}

# Removes programs that no process runs, but for the newest three.
tidy() {
  # shellcheck disable=SC2012 # by age, and the names are hashes
  ls -1t "$folder/bin" | tail -n +4 | while read -r old; do
    [ -e "$folder/bin/$old/$name" ] || continue
    # shellcheck disable=SC2010 # where the links point to
    ls -l /proc/[0-9]*/exe 2>/dev/null | grep -qF "/bin/$old/" || rm -rf "${folder:?}/bin/$old"
  done
}

nonce=$1
folder=$2
name=$3
todo=$4
case $folder in "~/"*) folder=$HOME/${folder#??} ;; esac
shift 4
"$todo" "$@"
