// The models that the API's tests run: the bundled one, and a Whisper of random weights.
#pragma once

#include <gtest/gtest.h>
#include <sotto/sotto.hpp>

#include <stdexcept>
#include <string>

#include "tests/support/random_whisper.h"
#include "tests/support/temp_folder.h"
#include "tests/support/whisper_vocabulary.h"

namespace sotto::test {

inline const std::filesystem::path kDemo =
    std::filesystem::path(SOTTO_SOURCE_DIR) / "tools" / "demo";
inline constexpr const char* kSaid = "five five five zero one four two";

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

inline const Model& digits() {
  static const Model model = must(Model::load(kDemo / "digits.gguf"));
  return model;
}

inline const Model& random_whisper_model() {
  static const Model model = [] {
    const std::vector<std::string> tokens = small_whisper_vocabulary();
    WhisperDims dims = kWhisperMini;
    dims.frames = 1500;
    dims.tokens = 448;
    dims.vocabulary = static_cast<std::uint32_t>(tokens.size());
    format::GgufWriter file = random_whisper(dims);
    file.add_string_array("tokenizer.ggml.tokens", tokens);
    return must(Model::load(must(file.write_to_memory()), "random.gguf"));
  }();
  return model;
}

inline Session session_of(const Model& model, const SessionOptions& options = {.threads = 1}) {
  return must(Session::create(model, options));
}

inline Sound demo_sound() { return must(read_sound(kDemo / "samples" / "phone_flite_slt.wav")); }

// Short, and without the fallback, which random weights would always need.
inline TranscribeOptions options_for(const Model& model) {
  TranscribeOptions options;
  if (model.info().architecture == "whisper") {
    options.temperature = {0};
    options.sample_len = 20;
  }
  return options;
}

inline std::vector<std::int32_t> tokens_of(const Transcript& transcript) {
  std::vector<std::int32_t> tokens;
  for (const Segment& segment : transcript.segments) {
    tokens.insert(tokens.end(), segment.tokens.begin(), segment.tokens.end());
  }
  return tokens;
}

}  // namespace sotto::test
