// The windows of a sound through Whisper, as the long-form loop asks for them: log-mel, encoder,
// language, decoding with fallback, word alignment.
#pragma once

#include <sotto/result.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/audio/mel_source.h"
#include "lib/decode/alignment.h"
#include "lib/decode/fallback.h"
#include "lib/decode/language.h"
#include "lib/decode/whisper_decoder.h"
#include "lib/decode/window_source.h"
#include "lib/models/whisper.h"
#include "lib/text/whisper_tokenizer.h"

namespace sotto::models {

struct WindowOptions {
  decode::DecodingOptions decoding;  // language: empty where it is to be detected
  decode::FallbackOptions fallback;
  std::vector<std::string> languages;  // what detection chooses from; empty: all
  bool detect_per_window = false;      // else once, from the first 30 s
  bool silence_after = false;  // fill the last window with silence, as decode() of the reference
                               // has it, not with the zeros of its transcribe()
};

// What the windows took so far. `session` leaves out detection and alignment.
struct WindowTimes {
  double encode_seconds = 0;  // of wall time, with the log-mel
  double decode_seconds = 0;  // with detection and alignment
  double choice_seconds = 0;  // of decode_seconds: decoding but for the model's own work
  WhisperUsage session;
  std::optional<std::chrono::steady_clock::time_point> first_token;  // when it was chosen
};

// One transcription. Does not own what it is made of.
class WhisperWindows final : public decode::WindowSource {
 public:
  WhisperWindows(WhisperSession& session, decode::WhisperDecoder& decoder, decode::Aligner& aligner,
                 const text::WhisperTokenizer& tokenizer, audio::MelSource& mel,
                 WindowOptions options);

  std::size_t frames() const override;
  std::size_t context() const override;
  Status encode(std::size_t seek, std::size_t count) override;
  Result<decode::DecodingResult> decode(std::span<const std::int32_t> prompt) override;
  Result<std::vector<decode::WordTiming>> align(std::span<const std::int32_t> text_tokens,
                                                std::size_t count) override;

  // Of the last window.
  const std::string& language() const { return options_.decoding.language; }
  // Of the first window whose language was detected.
  const std::optional<decode::LanguageDetection>& detection() const { return detection_; }

  const WindowTimes& times() const { return times_; }

 private:
  Status hear(std::size_t seek, std::size_t count);
  Status detect();
  bool stopped() const;
  void add_decoding(std::chrono::steady_clock::time_point start);

  WhisperSession& session_;
  decode::WhisperDecoder& decoder_;
  decode::Aligner& aligner_;
  const text::WhisperTokenizer& tokenizer_;
  audio::MelSource& mel_;
  WindowOptions options_;
  bool detects_;
  std::optional<decode::LanguageDetection> detection_;
  WindowTimes times_;
};

}  // namespace sotto::models
