#!/usr/bin/env bash
# Sets up and builds: scripts/build.sh [TARGET]..., all by default; the programs are in build/bin.
#   AE_WERROR=ON  treat warnings as errors
#   AE_JOBS=N     compile N files at a time
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"
cd "$root"

scripts/setup.sh

log=$root/.cache/configure.log
options=()
[[ -z ${AE_WERROR:-} ]] || options+=("-DAE_WERROR=$AE_WERROR")
if ! cmake --preset release "${options[@]}" >"$log" 2>&1; then
  cat "$log" >&2
  stop "CMake could not configure the build; its output is above"
fi

# A file that includes LibTorch takes up to 1.5 GB to compile.
memory_jobs=$(awk '/MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo 2>/dev/null || true)
jobs=${AE_JOBS:-$(nproc)}
if [[ -z ${AE_JOBS:-} && -n $memory_jobs ]] && ((jobs > memory_jobs)); then
  jobs=$((memory_jobs > 0 ? memory_jobs : 1))
fi
if [[ ! -d build/bin ]]; then
  free=$(df --output=avail -m build | tail -n 1)
  ((free >= 2000)) || stop "the build needs 2000 MiB in $root/build, where $((free)) MiB are free"
  say "building for the first time, $jobs files at once: this takes minutes"
else
  say "building what has changed in $root/build"
fi
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root}  # so that other checkouts share the cache
[[ -w ${CCACHE_DIR:-${HOME:-}} ]] || export CCACHE_DIR=$root/.cache/ccache
targets=()
for target in "$@"; do targets+=(--target "$target"); done
cmake --build --preset release -j "$jobs" "${targets[@]}" || stop "the build failed; the messages are above"
