#!/usr/bin/env bash
# What takes too long for every change: an hour of speech in constant memory, every golden case on
# every instruction set (on an x86-64 machine also ARM's, emulated: two hours), and every fuzzer for
# ten minutes (or the number of seconds given).
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/packages.sh
seconds="${1:-600}"
export SOTTO_SHARED="${SOTTO_SHARED:-$PWD/../shared}"

# shellcheck disable=SC2086
install_packages $packages_test
cmake --preset release >/dev/null
cmake --build build/release -j "$(nproc)" --target speech_test golden_test
export SOTTO_SOAK=1 SOTTO_EVERY_GOLDEN=1 SOTTO_REQUIRE_SHARED=1
build/release/tests/golden/golden_test
build/release/tests/golden/speech_test

if [ "$(uname -m)" = x86_64 ]; then
  # shellcheck disable=SC2086
  install_packages $packages_aarch64
  aarch64_root "$PWD/build/aarch64-root"
  cmake --preset aarch64 >/dev/null
  cmake --build build/aarch64 -j "$(nproc)" --target golden_test speech_test
  ctest --test-dir build/aarch64 -L golden -E AnHour -j "$(nproc)" \
    --output-on-failure --no-tests=error
fi

cmake --preset asan -DCMAKE_CXX_COMPILER=clang++ -DSOTTO_BUILD_FUZZERS=ON \
  -DSOTTO_FUZZ_SECONDS="$seconds" >/dev/null
cmake --build build/asan -j "$(nproc)"
ctest --test-dir build/asan -L fuzz -j "$(nproc)" --output-on-failure --no-tests=error
