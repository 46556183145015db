# Holds a machine for openswe as a job of Slurm's, and keeps a node process on it. POSIX sh. Arguments: the words that start
# the node process. `~/` at the beginning of one is the home folder; `%a` in one is the number of the job in its array.

for word; do
  shift
  case $word in "~/"*) word=$HOME/${word#??} ;; esac
  case $word in *%a*) word=${word%%%a*}$SLURM_ARRAY_TASK_ID${word#*%a} ;; esac
  set -- "$@" "$word"
done

# Control brings the program once it sees that the job runs. If it is gone by then, the machine is given back.
seconds=0
until [ -x "$1" ]; do
  seconds=$((seconds + 1))
  [ "$seconds" -le 600 ] || exit 1
  sleep 1
done

# A node process that was killed is started again, as it would be by whoever attaches over SSH.
starts=1
until "$@"; do
  starts=$((starts + 1))
  [ "$starts" -le 10 ] || exit 1
  sleep 1
done
