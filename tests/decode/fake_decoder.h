// Decoder models without a model: the logits of a row are a function of its tokens.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "lib/decode/decoder_model.h"
#include "lib/text/whisper_tokenizer.h"

namespace sotto::test {

using Tokens = std::vector<std::int32_t>;
using Logits = std::vector<float>;

// Writes the logits after a row's tokens, those of the prompt included.
using LogitsOf = std::function<void(const Tokens& tokens, std::span<float> logits)>;

// Fails the test where a caller breaks the contract of DecoderModel. Allocates nothing in step(),
// unless `of` does.
class FakeDecoder final : public decode::DecoderModel {
 public:
  FakeDecoder(std::size_t vocabulary, std::size_t context, std::size_t rows, LogitsOf of)
      : vocabulary_(vocabulary), context_(context), of_(std::move(of)) {
    rows_.resize(rows);
    next_.resize(rows);
    for (Row& row : rows_) row = {Tokens(), Logits(vocabulary)};
    for (Tokens& tokens : next_) tokens.reserve(context);
    for (Row& row : rows_) row.tokens.reserve(context);
  }

  std::size_t vocabulary() const noexcept override { return vocabulary_; }
  std::size_t context() const noexcept override { return context_; }
  std::size_t max_hypotheses() const noexcept override { return rows_.size(); }

  void prompt(std::span<const std::int32_t> tokens, std::size_t probe) noexcept override {
    EXPECT_FALSE(tokens.empty());
    EXPECT_LT(probe, tokens.size());
    prompts.emplace_back(tokens.begin(), tokens.end());
    probes.push_back(probe);
    probe_.resize(vocabulary_);
    of_(Tokens(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(probe) + 1), probe_);
    rows_[0].tokens.assign(tokens.begin(), tokens.end());
    used_ = 1;
    compute();
  }
  std::span<const float> probe_logits() const noexcept override { return probe_; }
  std::span<const float> language_logits(std::int32_t start) noexcept override {
    prompt(std::span(&start, 1), 0);
    return std::span<const float>(probe_).subspan(50259, 99);  // of kMultilingual
  }
  std::span<float> logits(std::size_t row) noexcept override {
    EXPECT_LT(row, used_);
    return rows_[row].logits;
  }
  void step(std::span<const std::int32_t> tokens,
            std::span<const std::uint32_t> parents) noexcept override {
    ASSERT_EQ(tokens.size(), parents.size());
    ASSERT_GE(tokens.size(), 1U);
    ASSERT_LE(tokens.size(), rows_.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      ASSERT_LT(parents[i], used_);
      next_[i] = rows_[parents[i]].tokens;
      next_[i].push_back(tokens[i]);
    }
    used_ = tokens.size();
    for (std::size_t i = 0; i < used_; ++i) std::swap(rows_[i].tokens, next_[i]);
    ++steps;
    if (on_step) on_step();
    compute();
  }

  std::vector<Tokens> prompts;  // of all calls
  std::vector<std::size_t> probes;
  std::size_t steps = 0;
  std::function<void()> on_step;

 private:
  struct Row {
    Tokens tokens;
    Logits logits;
  };

  void compute() {
    for (std::size_t i = 0; i < used_; ++i) {
      EXPECT_LE(rows_[i].tokens.size(), context_);
      for (const std::int32_t token : rows_[i].tokens) {
        EXPECT_GE(token, 0);
        EXPECT_LT(static_cast<std::size_t>(token), vocabulary_);
      }
      of_(rows_[i].tokens, rows_[i].logits);
    }
  }

  std::size_t vocabulary_, context_;
  LogitsOf of_;
  std::vector<Row> rows_;
  std::vector<Tokens> next_;
  std::size_t used_ = 0;
  Logits probe_;
};

// Logits in [0, spread), each a hash of the seed, the row's tokens and its own id.
inline LogitsOf hashed_logits(std::uint64_t seed, float spread = 4) {
  return [seed, spread](const Tokens& tokens, std::span<float> logits) {
    const auto mix = [](std::uint64_t h, std::uint64_t value) {
      h = (h ^ value) * 0x9E3779B97F4A7C15U;
      return h ^ (h >> 29);
    };
    std::uint64_t row = mix(seed, tokens.size());
    for (const std::int32_t token : tokens) row = mix(row, static_cast<std::uint64_t>(token) + 1);
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const std::uint64_t h = mix(mix(row, i + 1), 7);
      logits[i] = spread * static_cast<float>(h >> 40) * 0x1p-24F;
    }
  };
}

// Logits of 0, but of one token: after `begin` tokens and n more that is script[n], after the
// script `end`.
inline LogitsOf scripted_logits(std::size_t begin, const Tokens& script, std::int32_t end,
                                float certainty = 20) {
  return [=](const Tokens& tokens, std::span<float> logits) {
    std::fill(logits.begin(), logits.end(), 0.0F);
    const std::size_t at = tokens.size() - std::min(tokens.size(), begin);
    logits[static_cast<std::size_t>(at < script.size() ? script[at] : end)] = certainty;
  };
}

// A tiny vocabulary's ids: text 0 to 4, of which 0 is the blank; then the special tokens; times.
inline constexpr std::int32_t kTinyTimestamps = 6;
inline text::WhisperIds tiny_ids() {
  text::WhisperIds ids;
  ids.end_of_text = 5;
  ids.start_of_transcript = 6;
  ids.first_language = 7;
  ids.languages = 1;
  ids.translate = 8;
  ids.transcribe = 9;
  ids.start_of_lm = 10;
  ids.start_of_prev = 11;
  ids.no_speech = 12;
  ids.no_timestamps = 13;
  ids.timestamp_begin = 14;
  return ids;
}
inline constexpr std::size_t kTinyVocabulary = 14 + kTinyTimestamps;

}  // namespace sotto::test
