# SPDX-License-Identifier: Apache-2.0
# What the scripts share: where things lie, how progress is shown, and the two
# chores that nearly all of them begin with. Sourced, never run.
#
# Progress goes to stderr, so that a script's result can be its stdout. A long
# step is one line: what, how far, how long, and how long it usually takes on
# two cores. Its output goes to a log under build/logs; only when the step fails
# is the telling part of that log shown.

set -euo pipefail
umask 022

# What a script says of itself at its head is its --help.
case "${1:-}" in
-h | --help)
  sed -n '3,${/^#/!q;s/^# \{0,1\}//p;}' "$0"
  exit
  ;;
esac

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
LOGS=$ROOT/build/logs
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/herald
JOBS=${JOBS:-$(nproc)}
mkdir -p "$LOGS" "$CACHE"

say() { printf 'herald: %s\n' "$*" >&2; }
die() {
  printf 'herald: error: %s\n' "$1" >&2
  shift
  if [ $# -gt 0 ]; then printf '        %s\n' "$@" >&2; fi
  exit 1
}

# Shows no host and no login of a package mirror.
hide_hosts() { sed -E 's#[a-z0-9+]+://[^/ ]+#<mirror>#g'; }

# The telling part of a log: compiler errors where there are any, else its end.
show_failure() {
  if grep -q '^FAILED: ' "$1"; then
    sed -n '/^FAILED: /,$p' "$1" | grep -v '^\[[0-9]*/[0-9]*\] ' | head -n 40
  else
    tail -n 25 "$1"
  fi | cut -c1-400 | hide_hosts | sed 's/^/  | /' >&2
}

# how_far USUAL SPENT LOG: how long a step will take, and how far it is where its
# log counts, as ninja's and ctest's do; then its pace so far says what is left.
how_far() {
  local done all
  read -r done all < <(tail -c 4000 "$3" 2>/dev/null | tr '\r' '\n' |
    sed -nE 's#^ *\[?([0-9]+)/([0-9]+)[] ].*#\1 \2#p' | tail -n 1) || true
  if [ "${done:-0}" -gt 0 ]; then
    printf '%s of %s, about %d s left' "$done" "$all" \
      $(($2 * (all - done) / done))
  else
    printf 'of about %s s' "$1"
  fi
}

# watch_step WHAT USUAL LOG OWNER: while the owner lives, says how far it is;
# every second on a terminal, else every half minute.
watch_step() {
  local what=$1 usual=$2 log=$3 owner=$4 from=$SECONDS spent
  while sleep 1 >/dev/null 2>&1; kill -0 "$owner" 2>/dev/null; do
    spent=$((SECONDS - from))
    if [ -t 2 ]; then
      printf '\r\033[Kherald: %s ... %d s, %s' \
        "$what" "$spent" "$(how_far "$usual" "$spent" "$log")" >&2
    elif [ $((spent % 30)) -eq 0 ]; then
      say "  $what: $spent s, $(how_far "$usual" "$spent" "$log")"
    fi
  done
}

# step WHAT USUAL_SECONDS LOG COMMAND...: runs the command with its output in
# build/logs/LOG.log. A failure ends the script and says which, why and where.
step() {
  local what=$1 usual=$2 log=$LOGS/$3.log code watcher from=$SECONDS
  shift 3
  [ -t 2 ] || say "$what (about $usual s)"
  : >"$log"
  watch_step "$what" "$usual" "$log" $$ &
  watcher=$!
  set +e
  (set -e; "$@") >"$log" 2>&1 </dev/null
  code=$?
  set -e
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  [ ! -t 2 ] || printf '\r\033[K' >&2
  if [ "$code" -ne 0 ]; then
    show_failure "$log"
    die "$what failed with $code after $((SECONDS - from)) s" "log: $log"
  fi
  say "$what: done in $((SECONDS - from)) s"
}

# only_one FILE WHAT: holds a lock until let_others, or this script's end; waits
# where another run holds it, and says so.
only_one() {
  exec {HERALD_LOCK}>"$1"
  if ! flock -n "$HERALD_LOCK"; then
    say "waiting for another run that is $2"
    flock "$HERALD_LOCK"
  fi
  trap let_others EXIT
}
let_others() { flock -u "$HERALD_LOCK"; }

# ready GROUP...: packages and libraries; afterwards DEPS is the prefix.
ready() {
  "$ROOT/scripts/setup" "$@"
  DEPS=$("$ROOT/scripts/deps")
  export HERALD_DEPS_PREFIX=$DEPS
  export CCACHE_DIR=${CCACHE_DIR:-$CACHE/ccache}
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$ROOT} CCACHE_NOHASHDIR=1
  # What ccache asks for before it takes part in precompiled headers (nothing
  # of ours reads the macros of time), and that it hashes their 100 MiB once.
  export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_INODECACHE=1
  export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-2G}
}

# configure PRESET: only when it was never done or the libraries have moved;
# ninja itself sees to changed CMake files.
configure() {
  local preset=$1 dir=$ROOT/build/$1
  if [ -e "$dir/build.ninja" ] &&
    grep -qxF "HERALD_DEPS_PREFIX:PATH=$DEPS" "$dir/CMakeCache.txt"; then
    return
  fi
  cd "$ROOT"
  step "configure $preset" 5 "configure-$preset" \
    cmake --fresh --preset "$preset" "-DHERALD_DEPS_PREFIX=$DEPS" \
    -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache
}

# compile PRESET USUAL_SECONDS [TARGET...]; silent when nothing is to be done.
compile() {
  local preset=$1 usual=$2
  shift 2
  only_one "$ROOT/build/.lock-$preset" "building $preset here"
  configure "$preset"
  if [[ $(ninja -C "$ROOT/build/$preset" -n "$@" 2>/dev/null) != \
    *'ninja: no work to do'* ]]; then
    step "build $preset" "$usual" "build-$preset" \
      ninja -C "$ROOT/build/$preset" -j "$JOBS" "$@"
  fi
  let_others
}

# What a package and an image bear: the project's version, and the time that
# makes their bytes the same for the same commit.
project_version() {
  sed -nE 's/^project\(herald VERSION ([0-9.]+).*/\1/p' "$ROOT/CMakeLists.txt"
}
commit_date() {
  git -C "$ROOT" log -1 --format=%ct 2>/dev/null || echo 0
}
