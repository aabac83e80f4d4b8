// sotto: speech recognition on the CPU. This is the whole public C++ API; standard headers only.
//
//   auto model = sotto::Model::load("digits.gguf");
//   if (!model) return complain(model.error().message);
//   auto session = sotto::Session::create(*model);
//   auto sound = sotto::read_sound("call.flac");
//   auto transcript = session->transcribe(sound->samples, sound->sample_rate);
//   std::cout << transcript->text << "\n";
//
// Nothing here throws, prints, exits or aborts: what can fail returns a Result whose error names
// the file and the reason. Who may call what from where:
//
//   Model      immutable; copies share one set of weights; any thread, at the same time
//   Session    one thread at a time; any number of sessions of one Model run in parallel
//   functions  any thread
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if defined(__GNUC__)
#define SOTTO_API __attribute__((visibility("default")))
#else
#define SOTTO_API
#endif

namespace sotto {

// "0.1.0"
SOTTO_API std::string_view version() noexcept;

// ---------------------------------------------------------------------------- sound

struct Sound {
  std::vector<float> samples;  // mono, full scale is [-1, 1]
  int sample_rate = 0;         // per second
};

// Reads WAV, FLAC, OGG, MP3, AIFF and what else libsndfile knows; plain WAV alone where sotto was
// built without it. Several channels become their mean. kIo: missing or unreadable; kCorruptFile:
// not what it says, truncated, no samples, or a sample that is not a number; kUnsupported: no such
// format.
SOTTO_API Result<Sound> read_sound(const std::filesystem::path& file) noexcept;
// The same from memory; `name` stands for the file in errors.
SOTTO_API Result<Sound> read_sound(std::span<const std::byte> bytes,
                                   std::string_view name) noexcept;

// ---------------------------------------------------------------------------- model

struct LoadOptions {
  bool memory_map = true;  // false: read the file, for file systems where mapping is unreliable
};

struct ModelInfo {
  std::string file;
  std::string architecture;  // "moonshine"
  std::string name;
  std::string license;  // as the model file states it; empty if it does not
  std::vector<std::pair<std::string, std::string>>
      metadata;                                              // all keys of the file, values as text
  std::vector<std::pair<std::string, std::string>> tensors;  // name, "F16 [128, 512]"
  std::uint64_t parameters = 0;
  std::size_t file_bytes = 0;
  std::size_t weights_bytes = 0;  // in memory, packed for the kernels
  std::size_t vocabulary = 0;
  std::string instruction_set;  // the widest in use: "avx512"
};

class SOTTO_API Model {
 public:
  // Reads and checks a GGUF file and packs its weights for this CPU; the file is not needed
  // afterwards. The environment's SOTTO_MAX_ISA (scalar, avx2, avx512, neon) caps the instruction
  // set. Errors: kIo, kCorruptFile, kUnsupported (another architecture), kOutOfMemory.
  static Result<Model> load(const std::filesystem::path& file,
                            const LoadOptions& options = {}) noexcept;

  const ModelInfo& info() const noexcept;

  struct Impl;  // not part of the API

 private:
  friend class Session;
  explicit Model(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

// ---------------------------------------------------------------------------- session

struct SessionOptions {
  unsigned threads = 0;        // 1 to 256; 0: one for each core, at most 8
  double window_seconds = 30;  // the longest piece of sound in one pass, 1 to 64; memory grows
                               // with it. Longer sound is cut where it is quietest.
  std::size_t memory_limit_bytes = 0;  // on MemoryNeed::session_bytes; 0: none
};

struct MemoryNeed {
  std::size_t weights_bytes = 0;  // shared by all sessions of the model
  std::size_t session_bytes = 0;  // one session's arena: activations, caches and logits
  std::size_t cache_bytes = 0;    // the caches' part of it
};

struct TranscribeOptions {
  bool repetition_guard = true;  // end a pass that repeats a phrase over and over
};

struct Segment {
  double start_seconds = 0;
  double end_seconds = 0;
  std::string text;  // valid UTF-8, no blanks around it
  std::vector<std::int32_t> tokens;
  bool truncated =
      false;  // ended by the token limit or by the repetition guard: words may be missing
};

struct Transcript {
  std::string text;               // of all segments, a blank between them
  std::vector<Segment> segments;  // in order of time; pieces in which nothing was said are left out
  double audio_seconds = 0;
  double encode_seconds = 0;  // of wall time
  double decode_seconds = 0;
  double total_seconds = 0;  // with resampling and text
};

class SOTTO_API Session {
 public:
  // What create() would need, for deciding before.
  static Result<MemoryNeed> memory_need(const Model& model,
                                        const SessionOptions& options = {}) noexcept;
  // The plan as text for people: nodes, kernels, offsets, and the arena as a picture.
  static Result<std::string> describe_plan(const Model& model,
                                           const SessionOptions& options = {}) noexcept;

  // Plans, allocates and starts the threads. Errors: kInvalidArgument (an option out of range),
  // kOutOfMemory (over the limit, or none left).
  static Result<Session> create(const Model& model, const SessionOptions& options = {}) noexcept;
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  const MemoryNeed& memory() const noexcept;
  unsigned threads() const noexcept;

  // Mono sound of 1 sample or more at any rate from 1 to 768000; other rates than 16 kHz are
  // resampled. The result is the same to the bit for any number of threads. Nothing is allocated
  // from the first sample to the last token, but for resampling and the text. Errors:
  // kInvalidArgument (no samples, a sample that is not finite, an option out of range).
  Result<Transcript> transcribe(std::span<const float> samples, int sample_rate,
                                const TranscribeOptions& options = {}) noexcept;

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// ---------------------------------------------------------------------------- conversion

enum class WeightType {
  kExact,  // F16 where the source has F16, else F32: nothing is rounded
  kF32,
  kF16,  // matrices; norms and biases stay F32
};

struct ConvertOptions {
  WeightType type = WeightType::kExact;
  std::string name;      // empty: the folder's
  std::string license;   // empty: what the folder's README.md states at its head, if anything
  std::string language;  // empty: likewise; a two-letter code
  float max_tokens_per_second = 0;  // 0: 13 for languages in other than Latin script, else 6.5
};

// Converts a Hugging Face folder (config.json, model.safetensors, tokenizer.json) to a GGUF file.
// `target` appears, or is replaced, only when all is well.
SOTTO_API Status convert(const std::filesystem::path& source, const std::filesystem::path& target,
                         const ConvertOptions& options = {}) noexcept;

}  // namespace sotto
