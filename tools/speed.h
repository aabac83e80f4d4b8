// How fast a session works: the figures of `sotto bench`, from the timings of transcripts, and as
// shares of what the machine can do.
#pragma once

#include <sotto/sotto.hpp>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/machine.h"

namespace sotto::tools {

// What is measured of a run; none where there was nothing of it.
struct Figures {
  std::optional<double> rtf, frontend_ms, encode_ms, encode_gflops, cross_kv_ms;
  std::optional<double> prompt_ms_per_token, decode_ms_per_token, decode_gbps;
  std::optional<double> first_token_ms, total_ms, allocations;
};

// A run: one transcription, or several that count as one.
class RunTotals {
 public:
  void add(const Transcript& transcript, const std::optional<std::size_t>& allocations);

  // first_token_ms is a mean over transcriptions, all else their sum.
  Figures figures() const;
  Arithmetic arithmetic() const { return timings_.encode.arithmetic; }
  // Bytes that a step of the decoder reads; 0 where there was none.
  double step_bytes() const;

 private:
  Timings timings_;
  double audio_seconds_ = 0;
  double total_seconds_ = 0;
  std::size_t transcripts_ = 0;
  std::optional<std::size_t> allocations_;
};

// What the machine can do at most; none where that was not measured.
struct Limits {
  std::optional<double> gflops;  // of products of the arithmetic that the encoder uses
  std::optional<double> gbps;    // reading as many bytes as a step of the decoder does
};
// Takes some 0.5 s, and memory for the bytes.
Limits measure_limits(const RunTotals& run, const std::string& instruction_set, unsigned threads);

// What does not change from run to run.
struct Setup {
  std::string model, type, isa;
  unsigned threads = 0;
  double audio_seconds = 0;
  double load_ms = 0;
  std::size_t peak_rss_bytes = 0, weights_bytes = 0, arena_bytes = 0;
  std::vector<std::string> kernels;
  MachineState machine;
};

// The type of most of the weights: "q8_0".
std::string weight_type(const ModelInfo& model);

// Requires: runs is not empty.
struct Speed {
  Setup setup;
  std::vector<RunTotals> runs;
  Limits limits;
};

// Each figure's median over the runs, under the names that bench/README.md lists.
nlohmann::ordered_json to_json(const Speed& speed);
// The same for people, with the least and the largest.
std::string to_text(const Speed& speed);

}  // namespace sotto::tools
