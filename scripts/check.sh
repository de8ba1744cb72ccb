#!/usr/bin/env bash
# Further checks: scripts/check.sh [asan|tsan|long|fuzz|full]..., asan and tsan by default.
#   asan  addresses and undefined behaviour: the unit and property tests, and the fuzz corpora
#   tsan  races between threads: the engine's tests
#   long  the long forms of the tests of kills, failing disks, locks and memory, and TensorBoard's reader
#   fuzz  ten minutes of fuzzing for each reader, AE_FUZZ_SECONDS where set
#   full  all of these
#   AE_JOBS=N     compile N files at a time
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/messages.sh
source "$root/scripts/messages.sh"
# shellcheck source=scripts/clang.sh
source "$root/scripts/clang.sh"
cd "$root"

kinds=("$@")
((${#kinds[@]})) || kinds=(asan tsan)
[[ " ${kinds[*]} " != *" full "* ]] || kinds=(asan tsan long fuzz)
find_clang
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root}

# long_form NAME [OPTION]...: runs the long form of a test in tests/integration.
long_form() {
  local name=$1
  shift
  say "$name $*"
  AE_BIN_DIR=$root/build/bin AE_FAULTS=$root/build/tests/libae_faults.so \
    python3 "tests/integration/${name}_test.py" "$@" || stop "$name found a fault; it is above"
}

check_long() {
  scripts/build.sh programs ae_faults
  long_form kill --trials 100
  long_form fault --stride 1
  long_form read_fault --stride 1
  long_form lock
  long_form memory
  long_form faulty_configs --count 1000
  long_form schema --all
  local tensorboard=.cache/tensorboard
  [[ -x $tensorboard/bin/python ]] || python3 -m venv "$tensorboard"
  "$tensorboard/bin/python" -m pip install --quiet tensorboard ||
    stop "pip could not install tensorboard, whose reader a test takes"
  AE_TENSORBOARD_PYTHON=$root/$tensorboard/bin/python long_form tensorboard
}

for kind in "${kinds[@]}"; do
  case $kind in
    long)
      check_long
      continue
      ;;
    fuzz)
      scripts/fuzz.sh "${AE_FUZZ_SECONDS:-600}"
      continue
      ;;
    asan) target=in_process_tests tests='^(unit|property|corruption|fuzz)' ;;
    tsan) target=unit_engine tests='^unit_engine$' ;;
    *) stop "unknown argument $kind; usage: scripts/check.sh [asan|tsan|long|fuzz|full]..." ;;
  esac
  log=.cache/$kind.log
  cmake --preset "$kind" >"$log" 2>&1 || stop "CMake could not configure build-$kind; see $log"
  say "building for $kind"
  cmake --build --preset "$kind" -j "${AE_JOBS:-$(nproc)}" --target "$target" >"$log" 2>&1 ||
    stop "the build failed: $(grep -m 1 -E 'error|FAILED' "$log"); see $log"
  say "running the tests under $kind"
  ctest --test-dir "build-$kind" --output-on-failure --no-tests=error -j 2 -R "$tests" ||
    stop "$kind found faults, or tests failed; they are above"
done
say "no faults"
