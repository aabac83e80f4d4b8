// The parts of `sotto bench`.
#pragma once

#include <sotto/sotto.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tools/decoding_options.h"
#include "tools/recognizer.h"
#include "tools/speed.h"

namespace sotto::tools {

struct BenchOptions {
  DecodingOptions decoding;
  std::vector<unsigned> threads;  // to measure with, one after the other; empty: the default
  bool json = false;
  // Recordings whose words are known:
  std::string manifest;
  std::optional<Normalizer> normalizer;
  bool verbose = false;
  // Speed alone:
  std::string sound;      // file; empty: a made-up one, for a synthetic model alone
  std::string synthetic;  // "whisper:base": random weights instead of a model file
  std::string type = "f32";
  std::size_t runs = 5;
};

// Each returns the exit status.
int bench_words(const BenchOptions& options);
int bench_speed(const BenchOptions& options);

class Stopwatch {
 public:
  double milliseconds() const {
    const std::chrono::duration<double, std::milli> passed = Clock::now() - start_;
    return passed.count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

// Since allocations() gave `before`; none where it counts nothing.
std::optional<std::size_t> allocations_since(const std::optional<std::size_t>& before);

// The memory is what the process has taken so far.
Setup describe(const Recognizer& recognizer, double audio_seconds, double load_ms);

}  // namespace sotto::tools
