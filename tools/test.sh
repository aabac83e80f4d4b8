#!/usr/bin/env bash
# Installs what the tests need, builds, and runs every test.
#
#   tools/test.sh             this machine: release, sanitizers, fuzzers, an emulated old CPU
#   tools/test.sh --aarch64   a cross build for 64-bit ARM, run under qemu-aarch64 -cpu cortex-a72
#   tools/test.sh --quick     the release build's tests alone
#
# Tests that need the data beside the project (../shared, or $SOTTO_SHARED) are skipped, and say so,
# where that is missing; where it is there, a test that cannot find its part fails.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/packages.sh

shared="${SOTTO_SHARED:-$PWD/../shared}"
if [ -d "$shared" ]; then
  SOTTO_SHARED="$(cd "$shared" && pwd)"
  export SOTTO_SHARED SOTTO_REQUIRE_SHARED=1
else
  echo "no $shared: the tests that need it are skipped"
fi
jobs="$(nproc)"
machine="$(uname -m)"

heading() { printf '\n==== %s (%d s)\n' "$*" "$SECONDS"; }

# build PRESET FOLDER [CMAKE_OPTION...]: into build/FOLDER; all of it, or what $targets names.
targets=""
build() {
  local preset="$1" folder="build/$2"
  shift 2
  heading "build $folder"
  cmake --preset "$preset" -B "$folder" "$@" >/dev/null
  # shellcheck disable=SC2086
  cmake --build "$folder" -j "$jobs" ${targets:+--target $targets}
}

# run_tests FOLDER [CTEST_OPTION...]
run_tests() {
  local folder="build/$1"
  shift
  heading "test $folder"
  ctest --test-dir "$folder" -j "$jobs" --output-on-failure --no-tests=error "$@"
}

test_release() {
  build release release
  run_tests release
  heading "instruction sets of this machine"
  build/release/tests/kernels_test --gtest_filter='Isa.Reports*' | grep '^isa'
}

# Clang, so that both compilers see all code; every test but those that only measure, and each
# fuzzer for a minute.
test_sanitizers() {
  build asan asan -DCMAKE_CXX_COMPILER=clang++ -DSOTTO_BUILD_FUZZERS=ON
  run_tests asan -LE 'policy|fuzz'
  run_tests asan -L fuzz
  targets="graph_test models_test api_test" build tsan tsan
  run_tests tsan -L 'graph|models|api' -E Pinned
}

# Unoptimised instruction-set objects must not leak shared symbols either.
test_debug() {
  heading "build build/debug"
  cmake --preset debug >/dev/null
  cmake --build build/debug -j "$jobs" --target sotto_kernels
  ctest --test-dir build/debug --output-on-failure -R policy.isa_objects
}

# Without the optional libraries: WAV alone, and no other rate than a model's.
test_small() {
  targets="audio_test api_test sotto_command" build release small -DSOTTO_WITH_SNDFILE=OFF \
    -DSOTTO_WITH_SAMPLERATE=OFF -DSOTTO_BUILD_BENCH=OFF
  run_tests small -L 'audio|api'
}

# An x86-64 CPU of 2006 (SSSE3): nothing may assume more.
test_old_cpu() {
  heading "test on an emulated Core 2"
  local old="qemu-x86_64-static -cpu Conroe"
  $old build/release/tests/graph/graph_test --gtest_brief=1
  $old build/release/tools/sotto transcribe -m tools/demo/digits.gguf \
    tools/demo/samples/single_flite_slt.wav
}

# The documentation has no warnings.
test_docs() {
  targets="docs" build release docs -DSOTTO_BUILD_DOCS=ON -DSOTTO_BUILD_TESTS=OFF \
    -DSOTTO_BUILD_BENCH=OFF
}

test_format() {
  heading "format"
  git ls-files '*.h' '*.hpp' '*.cc' | xargs clang-format --dry-run --Werror
}

case "${1:-}" in
  --aarch64)
    if [ "$machine" = aarch64 ]; then
      # shellcheck disable=SC2086
      install_packages $packages_test
      test_release
      exit
    fi
    # shellcheck disable=SC2086
    install_packages $packages_aarch64
    aarch64_root "$PWD/build/aarch64-root"
    build aarch64 aarch64
    # Without what takes minutes on an emulated CPU and says nothing of it.
    run_tests aarch64 -E '^Models/|^WhisperApi|^HooksOf|^SourceOf|WithHooks|SilenceAndVeryShort'
    ;;
  --quick)
    # shellcheck disable=SC2086
    install_packages $packages_test
    test_release
    ;;
  "")
    # shellcheck disable=SC2086
    install_packages $packages_test
    test_format
    test_docs
    test_release
    test_small
    test_debug
    test_sanitizers
    if [ "$machine" = x86_64 ]; then
      install_packages $packages_x86_emulator
      test_old_cpu
    fi
    ;;
  *)
    echo "usage: tools/test.sh [--quick | --aarch64]" >&2
    exit 2
    ;;
esac
heading "all passed"
