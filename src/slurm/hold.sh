# Holds a machine for openswe as a job of Slurm's, and keeps a node process on it. POSIX sh. Arguments: the folder that the
# log of the node process is written to, and the words that start it. `~/` at the beginning of one is the home folder; in
# each, `%a` is the number of the job in its array, and `%N` what Slurm calls the machine.

for word; do
  shift
  case $word in "~/"*) word=$HOME/${word#??} ;; esac
  case $word in *%a*) word=${word%%%a*}$SLURM_ARRAY_TASK_ID${word#*%a} ;; esac
  case $word in *%N*) word=${word%%%N*}$SLURMD_NODENAME${word#*%N} ;; esac
  set -- "$@" "$word"
done
log=$1/log
(umask 077 && mkdir -p "$1") || exit 1
shift

# Control brings the program once it sees that the job runs. If it is gone by then, the machine is given back.
seconds=0
until [ -x "$1" ]; do
  seconds=$((seconds + 1))
  [ "$seconds" -le 600 ] || exit 1
  sleep 1
done

# A node process that was killed is started again, as it would be by whoever attaches over SSH.
starts=1
until "$@" >>"$log" 2>&1; do
  starts=$((starts + 1))
  [ "$starts" -le 10 ] || exit 1
  if [ "$(wc -c <"$log")" -gt 8388608 ]; then mv -f "$log" "$log.1"; fi
  sleep 1
done
