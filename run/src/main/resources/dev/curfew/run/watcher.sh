# Ends the jobs of a runner that was killed. Its standard input is a pipe that the runner holds and never writes to.
# $1: the file with the markers of the jobs that run, gone if the runner has ended by itself; $2: the grace in tenths of a
# second; $3: a folder that is of no use without the runner, or empty.
trap '' HUP INT QUIT TERM PIPE
while read -r _; do :; done
[ -e "$1" ] || exit 0
useless=${3:-}
trap '[ -z "$useless" ] || rm -rf -- "$useless"' EXIT
[ -s "$1" ] || exit 0

# Proof that a process belongs to a job is the job's marker in its environment, looked at again before each signal.
markers=$(sed -n 's/^\([A-Za-z0-9._-][A-Za-z0-9._-]*\) *$/CURFEW_MARKER=\1/p' "$1")
[ -n "$markers" ] || exit 0
members() { printf '%s\n' "$markers" | grep -slzxFf - /proc/[0-9]*/environ | tr -dc '0-9\n'; }
tell() {
  for pid in $(members); do kill -s "$1" "$pid" 2>/dev/null || :; done
}

tell TERM
tell CONT
tenths=0
while [ -n "$(members)" ] && [ "$tenths" -lt "$2" ]; do
  sleep 0.1
  tenths=$((tenths + 1))
done
passes=0
while [ -n "$(members)" ] && [ "$passes" -lt 50 ]; do
  tell KILL
  sleep 0.1
  passes=$((passes + 1))
done
