#!/usr/bin/env bash
# Fuzzes the readers of files: scripts/fuzz.sh [SECONDS] [TARGET]...; by default 60 seconds each for
# all targets (tests/fuzz/NAME.cpp), one at a time. Stops at a finding, whose input is in
# build-fuzz/findings: copy it to tests/fuzz/corpus/TARGET, whose inputs the tests replay.
# The corpus is kept in build-fuzz/corpus, from which the next run continues.
#   AE_FUZZ_RESULT=FILE  writes the figures as JSON, after each target
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"
# shellcheck source=scripts/clang.sh
source "$root/scripts/clang.sh"
cd "$root"

seconds=60
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
  seconds=$1
  shift
fi
all=(idx npy csv safetensors json config state checkpoint run)
targets=("$@")
((${#targets[@]})) || targets=("${all[@]}")
for target in "${targets[@]}"; do
  [[ " ${all[*]} " == *" $target "* ]] || stop "no target is called $target; there are: ${all[*]}"
done

find_clang
cmake --preset fuzz >.cache/fuzz.log 2>&1 ||
  stop "CMake could not configure build-fuzz; see .cache/fuzz.log"
say "building ${targets[*]}"
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root}
cmake --build --preset fuzz -j "${AE_JOBS:-$(nproc)}" --target "${targets[@]/#/fuzz_}" >.cache/fuzz.log 2>&1 ||
  stop "the build failed: $(grep -m 1 -E 'error|FAILED' .cache/fuzz.log); see .cache/fuzz.log"

# figure NAME: a figure from libFuzzer's statistics at the end.
figure() { sed -n "s/^stat::$1: *//p" "$log" | tail -n 1; }

write_result() {
  [[ -n ${AE_FUZZ_RESULT:-} ]] || return 0
  local cpu
  cpu=$(lscpu | sed -n 's/^Model name: *//p' | head -n 1)
  {
    echo '{'
    echo '  "what": "fuzzing of the readers by libFuzzer, address and undefined-behaviour sanitizers",'
    echo '  "command": "scripts/fuzz.sh SECONDS",'
    echo "  \"date\": \"$(date -u +%F)\", \"cpu\": \"$cpu\", \"cores\": 1,"
    echo "  \"ae\": \"$(git describe --always --dirty --abbrev=12)\","
    echo '  "targets": {'
    local line separator=
    for line in "${results[@]}"; do
      printf '%s    %s' "$separator" "$line"
      separator=$',\n'
    done
    printf '\n  }\n}\n'
  } >"$AE_FUZZ_RESULT.new"
  mv "$AE_FUZZ_RESULT.new" "$AE_FUZZ_RESULT"
}

# LibTorch is not instrumented: containers that it fills cause false overflow reports, and its globals
# leak.
export ASAN_OPTIONS=detect_leaks=0:detect_container_overflow=0 OMP_NUM_THREADS=1
[[ ! -w /dev/shm ]] || export TMPDIR=/dev/shm  # keeps the targets' files in memory
mkdir -p build-fuzz/findings
results=()
for target in "${targets[@]}"; do
  log=build-fuzz/$target.log
  corpus=build-fuzz/corpus/$target
  mkdir -p "$corpus"
  inputs=("tests/fuzz/corpus/$target")
  [[ $target != config ]] || inputs+=(configs)
  say "$target, $seconds seconds"
  # For an input of some kilobytes, a reader may take 256 MiB and 10 seconds; the target `run` trains,
  # encodes, samples and evaluates, and may take longer.
  timeout=10
  [[ $target != run ]] || timeout=60
  build-fuzz/tests/fuzz_"$target" -max_total_time="$seconds" -max_len=8192 -timeout=$timeout \
    -malloc_limit_mb=256 -rss_limit_mb=4096 -print_final_stats=1 \
    -artifact_prefix="build-fuzz/findings/$target-" "$corpus" "${inputs[@]}" >"$log" 2>&1 ||
    stop "$target: a finding, in build-fuzz/findings; $log says what it is"
  runs=$(figure number_of_executed_units)
  results+=("\"$target\": {\"seconds\": $seconds, \"inputs\": $runs, \"findings\": 0, \"peak_mb\": $(figure peak_rss_mb)}")
  say "$target: $runs inputs without a finding"
  write_result
done
