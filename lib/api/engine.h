// What the API asks of an architecture: model.cc and session.cc know no more of it than this.
#pragma once

#include <sotto/sotto.hpp>

#include <memory>
#include <span>

#include "lib/api/hooks.h"
#include "lib/audio/stream.h"
#include "lib/format/gguf.h"
#include "lib/graph/plan.h"
#include "lib/graph/weights.h"

namespace sotto::api {

// A session's arena, threads and ways. One transcription at a time.
class Recognizer {
 public:
  Recognizer() = default;
  Recognizer(const Recognizer&) = delete;
  Recognizer& operator=(const Recognizer&) = delete;
  virtual ~Recognizer() = default;

  // Of samples that are numbers, at any rate.
  virtual Result<Transcript> transcribe(std::span<const float> samples, int sample_rate,
                                        const TranscribeOptions& options, Hooks& hooks) = 0;
  virtual Result<Transcript> transcribe(std::unique_ptr<audio::Stream> sound,
                                        const TranscribeOptions& options, Hooks& hooks) = 0;
};

// A loaded model. Immutable; any thread.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  // Fills in what only the architecture knows.
  virtual void describe(ModelInfo& info) const = 0;
  virtual Result<graph::Plan> plan(const SessionOptions& options) const = 0;
  // The engine must outlive the recognizer. `options.threads` is not 0.
  virtual Result<std::unique_ptr<Recognizer>> recognizer(const SessionOptions& options) const = 0;
};

Result<std::unique_ptr<const Engine>> load_moonshine(const format::Gguf& file, graph::Isa cap);
Result<std::unique_ptr<const Engine>> load_whisper(const format::Gguf& file, graph::Isa cap);

}  // namespace sotto::api
