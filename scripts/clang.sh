# shellcheck shell=bash
# Sourced by other scripts, after messages.sh, in the root of the repository.

# Sets CXX to a clang with the sanitizers, which it installs if there is none.
find_clang() {
  export CXX=${CXX:-clang++-19}
  mkdir -p .cache
  local tried=.cache/sanitized
  if ! "$CXX" -fsanitize=address,undefined,fuzzer-no-link -x c++ - -o "$tried" <<<'int main() {}' 2>/dev/null; then
    scripts/setup.sh clang-19 libclang-rt-19-dev
    command -v "$CXX" >/dev/null || stop "$CXX is missing: install clang-19 and libclang-rt-19-dev"
  fi
  scripts/setup.sh
}
