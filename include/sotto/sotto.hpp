/// @file
/// sotto: speech recognition on the CPU. This is the whole public C++ API; standard headers only.
///
/// @code
/// auto model = sotto::Model::load("digits.gguf");
/// if (!model) return complain(model.error().message);
/// auto session = sotto::Session::create(*model);
/// auto sound = sotto::read_sound("call.flac");
/// auto transcript = session->transcribe(sound->samples, sound->sample_rate);
/// std::cout << transcript->text << "\n";
/// @endcode
///
/// Nothing here throws, prints, exits or aborts: what can fail returns a Result whose error names
/// the file and the reason. There is no global state. Who may call what from where:
///
/// | what | from where |
/// |---|---|
/// | Model | immutable; copies share one set of weights; any thread, at the same time |
/// | Session | one call at a time, from any thread; other sessions of its Model run in parallel |
/// | Transcript, options, hooks, Sound | values: yours; not while another thread writes to them |
/// | hooks, SoundSource::read | called by transcribe() on the thread that called it |
/// | LoadOptions::log, ModelReader::read | called by Model::load() on the thread that called it |
/// | free functions | any thread, at the same time |
/// | a hook | may use other sessions and all functions, but not the session that calls it |
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
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

/// "0.1.0"
SOTTO_API std::string_view version() noexcept;

// ---------------------------------------------------------------------------- log

enum class LogLevel {
  kDebug,    ///< each segment
  kInfo,     ///< what was loaded, which language was found, what was decoded again
  kWarning,  ///< words may be missing; the model states no licence
};
/// Takes what the library would say if it printed: a line without its end, valid for the call.
using Log = std::function<void(LogLevel level, std::string_view line)>;

// ---------------------------------------------------------------------------- sound

struct Sound {
  std::vector<float> samples;  ///< mono, full scale is [-1, 1]
  int sample_rate = 0;         ///< per second
};

/// Reads WAV, FLAC, OGG, MP3, AIFF and what else libsndfile knows; plain WAV alone where sotto was
/// built without it. Several channels become their mean; a file may hold no samples. kIo: missing
/// or unreadable; kCorruptFile: not what it says, truncated, or a sample that is not a number;
/// kUnsupported: no such format.
SOTTO_API Result<Sound> read_sound(const std::filesystem::path& file) noexcept;
/// The same from memory; `name` stands for the file in errors.
SOTTO_API Result<Sound> read_sound(std::span<const std::byte> bytes,
                                   std::string_view name) noexcept;

/// A sound of any length, from wherever the caller has it: a file of its own format, a ring of
/// blocks, a database. It is asked for by place, as Whisper hears a sound twice: every value of its
/// log-mel is clamped by the loudest of the whole sound, so that no window is known before the last
/// sample is. A sound that cannot be had twice must be kept by who has it; Moonshine alone reads
/// once, in order.
struct SoundSource {
  int sample_rate = 16000;
  std::optional<std::uint64_t> length =
      {};  ///< in samples, if known: Moonshine's progress goes by it
  /// Writes the mono samples [first_sample, first_sample + out.size()) and returns how many there
  /// were: fewer than asked for at the end of the sound alone. The places asked for go up by what
  /// was returned, or back to 0. An Error ends the transcription with it. 24 hours are the most.
  std::function<Result<std::size_t>(std::uint64_t first_sample, std::span<float> out)> read =
      nullptr;
};

// ---------------------------------------------------------------------------- model

struct LoadOptions {
  bool memory_map = true;  ///< false: read the file, for file systems where mapping is unreliable
  Log log = nullptr;
};

/// A model file from wherever the caller has it: an archive, an encrypted store, a resource.
struct ModelReader {
  std::uint64_t size = 0;  ///< of the file, in bytes
  /// Fills `out` with the bytes from `offset` on; offset + out.size() <= size. An Error ends the
  /// loading with it.
  std::function<Status(std::uint64_t offset, std::span<std::byte> out)> read = nullptr;
};

enum class Task {
  kTranscribe,
  kTranslate,  ///< to English
};

/// The hyper-parameters that tell models of an architecture apart.
struct ModelSizes {
  std::size_t width = 0;  ///< of a frame's and a token's vector
  std::size_t encoder_layers = 0;
  std::size_t encoder_heads = 0;
  std::size_t decoder_layers = 0;
  std::size_t decoder_heads = 0;
  std::size_t audio_context = 0;  ///< frames of a window; 0: as many as the sound has
  std::size_t text_context = 0;   ///< tokens of a window; 0: as many as the sound allows
  std::size_t mel_bins = 0;       ///< 0: the model hears samples
};

struct ModelInfo {
  std::string file;
  std::string architecture;  ///< "moonshine" or "whisper"
  std::string name;
  std::string license;  ///< as the model file states it; empty if it does not
  std::vector<std::pair<std::string, std::string>>
      metadata;  ///< all keys of the file, values as text
  std::vector<std::pair<std::string, std::string>> tensors;  ///< name, "F16 [128, 512]"
  std::uint64_t parameters = 0;
  std::size_t file_bytes = 0;
  std::size_t weights_bytes = 0;  ///< in memory, packed for the kernels
  std::size_t vocabulary = 0;
  std::vector<std::string> languages;  ///< codes that a transcription may ask for; empty: one alone
  std::vector<std::string> spoken_languages;  ///< that the model understands, as its file states
  std::vector<Task> tasks;                    ///< that a transcription may ask for
  ModelSizes sizes;
  std::size_t alignment_heads = 0;  ///< 0: no word timestamps
  std::string instruction_set;      ///< of the widest product in use: "avx512"
};

class SOTTO_API Model {
 public:
  /// Reads and checks a GGUF file and packs its weights for this CPU; the file is not needed
  /// afterwards. The environment's SOTTO_MAX_ISA (scalar, avx2, avx512, neon) caps the instruction
  /// set. Errors: kIo, kCorruptFile, kUnsupported (another architecture), kOutOfMemory.
  static Result<Model> load(const std::filesystem::path& file,
                            const LoadOptions& options = {}) noexcept;
  /// The same of a file's bytes, which are not needed afterwards; `name` stands for the file in
  /// errors.
  static Result<Model> load(std::span<const std::byte> bytes, std::string_view name,
                            const LoadOptions& options = {}) noexcept;
  /// The same of a file that the caller reads, once and in order, into memory that is given back
  /// before this returns.
  static Result<Model> load(const ModelReader& reader, std::string_view name,
                            const LoadOptions& options = {}) noexcept;

  const ModelInfo& info() const noexcept;

  struct Impl;  ///< not part of the API

 private:
  friend class Session;
  explicit Model(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

// ---------------------------------------------------------------------------- session

struct SessionOptions {
  unsigned threads = 0;        ///< 1 to 256; 0: one for each physical core of the fastest
                               ///< kind, as far as the model has work for them, at most 8
  double window_seconds = 30;  ///< Moonshine: the longest piece of sound in one pass, 1 to 64;
                               ///< memory grows with it. Longer sound is cut where it is quietest.
                               ///< Whisper's is always 30.
  std::size_t max_hypotheses = 1;  ///< Whisper: the most beams or samples that a transcription may
                                   ///< ask for, 1 to 32; each has its own cache and logits
  bool word_timestamps = false;    ///< Whisper: room for TranscribeOptions::word_timestamps
  std::size_t memory_limit_bytes = 0;  ///< on MemoryNeed::session_bytes; 0: none
};

struct MemoryNeed {
  std::size_t weights_bytes = 0;  ///< shared by all sessions of the model
  std::size_t session_bytes = 0;  ///< one session's arena: activations, caches and logits
  std::size_t cache_bytes = 0;    ///< the caches' part of it
};

/// All but repetition_guard are Whisper's, with the names and defaults of openai/whisper's
/// transcribe(). One that differs from its default and that the model cannot honour is an error.
struct TranscribeOptions {
  /// Moonshine: end a pass that repeats a phrase over and over.
  bool repetition_guard = true;

  Task task = Task::kTranscribe;
  std::string language;                ///< code or English name; empty: detected in the first 30 s
  std::vector<std::string> languages;  ///< what detection may choose from; empty: all
  bool detect_language_per_window = false;

  /// A window is decoded at the first temperature; while the result looks like a failure, at the
  /// next one.
  std::vector<double> temperature = {0.0, 0.2, 0.4, 0.6, 0.8, 1.0};
  std::optional<double> compression_ratio_threshold = 2.4;  ///< failure: repeats itself more
  std::optional<double> logprob_threshold = -1.0;           ///< failure: less sure
  std::optional<double> no_speech_threshold = 0.6;  ///< above it and unsure: silence, not failure

  std::size_t beam_size = 0;             ///< at temperature 0; 0: greedy
  double patience = 1.0;                 ///< of the beams
  std::optional<double> length_penalty;  ///< alpha, 0 to 1; none: the mean log-probability ranks
  std::size_t best_of = 0;               ///< samples at temperatures above 0; 0: one
  std::uint64_t seed = 0;                ///< of the sampling: the same seed gives the same text

  std::optional<std::size_t> sample_len;  ///< most tokens of a window; none: half the context
  std::string suppress_tokens = "-1";     ///< ids, comma between; -1 stands for what is not speech
  bool suppress_blank = true;
  bool without_timestamps = false;  ///< decode without times inside; loses speech in long sound
  std::optional<double> max_initial_timestamp = 1.0;

  bool condition_on_previous_text = true;
  std::string initial_prompt;         ///< text that might stand before the first window
  bool carry_initial_prompt = false;  ///< ... before every window
  std::string prefix;                 ///< text that every window begins with

  /// Seconds: start, end, start, end, ...; the last end may be missing.
  std::vector<double> clip_timestamps;

  bool word_timestamps = false;  ///< SessionOptions::word_timestamps must be set
  std::string prepend_punctuations = "\"'\xE2\x80\x9C\xC2\xBF([{-";
  std::string append_punctuations =
      "\"'.\xE3\x80\x82,\xEF\xBC\x8C!\xEF\xBC\x81?\xEF\xBC\x9F:\xEF\xBC\x9A\xE2\x80\x9D)]}"
      "\xE3\x80\x81";
  std::optional<double> hallucination_silence_threshold;  ///< seconds; needs word_timestamps
};

struct Word {
  double start_seconds = 0;
  double end_seconds = 0;
  std::string text;  ///< valid UTF-8, with the blank before it, if there is one
  double probability = 0;
};

struct Segment {
  double start_seconds = 0;
  double end_seconds = 0;
  std::string text;  ///< valid UTF-8, no blanks around it
  std::vector<std::int32_t> tokens;
  bool truncated =
      false;  ///< ended by the token limit or by the repetition guard: words may be missing

  /// Whisper's:
  std::vector<float> token_probabilities;  ///< one for each of tokens
  std::vector<Word> words;                 ///< with word_timestamps
  std::string language;
  double temperature = 0;
  double avg_logprob = 0;
  double compression_ratio = 0;
  double no_speech_prob = 0;
  double seek_seconds = 0;  ///< where its window begins
};

/// What kernels multiply; weights of another type that are widened to f32 count as that.
enum class Arithmetic { kF32, kBF16, kInt8 };

/// A part of the model's work. Operations and bytes are counted from the model's graph.
struct StageTiming {
  double seconds = 0;                        ///< of wall time
  std::size_t tokens = 0;                    ///< fed in; 0 where there are none
  double operations = 0;                     ///< of products; a multiply-add is two
  Arithmetic arithmetic = Arithmetic::kF32;  ///< of most of them
  double bytes = 0;                          ///< of weights and caches that must at least be read
};

/// Where a transcription's time went. Language detection and the alignment of words count in
/// Transcript::decode_seconds alone.
struct Timings {
  double frontend_seconds = 0;  ///< Whisper: reading the sound and its log-mel; Moonshine: the stem
  StageTiming encode;
  StageTiming cross_kv;  ///< what the decoder attends to
  StageTiming prompt;    ///< up to the choice of the first token
  StageTiming decode;    ///< after it, with the choices of tokens; of beams, a token of each is one
  double first_token_seconds = 0;  ///< from the call to the choice of the first token; 0: none
};

struct Transcript {
  std::string text;  ///< of all segments
  std::vector<Segment>
      segments;          ///< in order of time; pieces in which nothing was said are left out
  std::string language;  ///< spoken or asked for; empty where the model knows one alone
  std::vector<std::pair<std::string, float>>
      language_probabilities;  ///< in the first window, where the language was detected
  double audio_seconds = 0;
  double encode_seconds = 0;  ///< of wall time, with the log-mel
  double decode_seconds = 0;
  double total_seconds = 0;  ///< with reading, resampling and text
  Timings timings;
};

/// Called by transcribe() on its caller's thread, between the parts of its work: what they take, it
/// waits. What they throw ends the transcription with an error.
struct TranscribeHooks {
  /// Each segment as soon as it is final.
  std::function<void(const Segment&)> segment = nullptr;
  /// The share of the sound that is done: never less than the time before, below 1 until all is
  /// done, and then 1, once.
  std::function<void(double)> progress = nullptr;
  /// True ends with kAborted; the session can be used again. Asked with every block of sound that
  /// is read, with every token, and before every operation of the model's graph, several
  /// of which make a layer: let it look at an atomic flag. The answer is awaited for as long as one
  /// operation takes: on one thread of an Intel Xeon, 0.4 ms in the middle and 14 ms at most for
  /// Whisper tiny in Q8_0, 0.1 and 1.5 ms for the bundled Moonshine (bench/sessions).
  std::function<bool()> abort = nullptr;
  /// A rule of your own. `logits` holds one for each token of the vocabulary, to be changed at
  /// will: minus infinity is a token that must not follow. They are those after the model's own
  /// rules (timestamps, suppressed tokens), so that the last word is yours; `tokens` are those
  /// chosen in this window so far. Called for each hypothesis and token.
  std::function<void(std::span<const std::int32_t> tokens, std::span<float> logits)> logits =
      nullptr;
  Log log = nullptr;
};

class SOTTO_API Session {
 public:
  /// What create() would need, for deciding before.
  static Result<MemoryNeed> memory_need(const Model& model,
                                        const SessionOptions& options = {}) noexcept;
  /// The plan as text for people: nodes, kernels, offsets, and the arena as a picture.
  static Result<std::string> describe_plan(const Model& model,
                                           const SessionOptions& options = {}) noexcept;

  /// Plans, allocates and starts the threads. Errors: kInvalidArgument (an option out of range),
  /// kOutOfMemory (over the limit, or none left).
  static Result<Session> create(const Model& model, const SessionOptions& options = {}) noexcept;
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  const MemoryNeed& memory() const noexcept;
  unsigned threads() const noexcept;
  /// What its graph runs, each once: "linear f32_avx512".
  const std::vector<std::string>& kernels() const noexcept;

  /// Mono sound of any length at any rate from 1 to 768000; other rates than 16 kHz are resampled.
  /// The result is the same to the bit for any number of threads. While the model computes, nothing
  /// is allocated; what is around that (options, sound read piece by piece, the text) is. Errors:
  /// kInvalidArgument (a sample that is not finite, an option out of range or not for this model;
  /// for Moonshine no samples), kAborted.
  Result<Transcript> transcribe(std::span<const float> samples, int sample_rate,
                                const TranscribeOptions& options = {},
                                const TranscribeHooks& hooks = {}) noexcept;

  /// The same for a sound that is asked for piece by piece: the memory that it takes does not grow
  /// with its length. Errors: also what source.read() returns.
  Result<Transcript> transcribe(const SoundSource& source, const TranscribeOptions& options = {},
                                const TranscribeHooks& hooks = {}) noexcept;

  /// The same for a file that read_sound() takes, which is read piece by piece, by Whisper twice.
  /// Errors: also read_sound()'s.
  Result<Transcript> transcribe_file(const std::filesystem::path& file,
                                     const TranscribeOptions& options = {},
                                     const TranscribeHooks& hooks = {}) noexcept;

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// ---------------------------------------------------------------------------- languages

struct Language {
  std::string_view code;  ///< "en"
  std::string_view name;  ///< in English: "english"
};
/// What Whisper's vocabularies may have, in the order of their tokens; ModelInfo::languages says
/// what a model has.
SOTTO_API std::span<const Language> languages() noexcept;
/// Other names of some ("castilian"), under the same codes. TranscribeOptions::language takes
/// codes, names and these.
SOTTO_API std::span<const Language> language_aliases() noexcept;

// ---------------------------------------------------------------------------- word error rate

/// Whisper's text normalisers: two spellings of the same words become one.
enum class Normalizer {
  kBasic,    ///< case, punctuation and symbols, for any language
  kEnglish,  ///< also contractions, numbers and British spelling
};
SOTTO_API Result<std::string> normalize(std::string_view text, Normalizer normalizer) noexcept;

struct WordErrors {
  std::size_t words = 0;  ///< of the reference
  std::size_t substitutions = 0;
  std::size_t deletions = 0;
  std::size_t insertions = 0;

  std::size_t errors() const noexcept { return substitutions + deletions + insertions; }
};
/// The least edits that make `hypothesis` of `reference`, counted in words between blanks.
SOTTO_API Result<WordErrors> count_word_errors(std::string_view reference,
                                               std::string_view hypothesis) noexcept;

// ---------------------------------------------------------------------------- conversion

/// What becomes of matrices. Norms, biases and Whisper's positions are F32 whatever is asked for.
enum class WeightType {
  kExact,  ///< F16 and BF16 where the source has that, else F32: nothing is rounded
  kF32,
  kF16,
  kBF16,
  /// ggml's blocks of 32 values with one scale: 8.5 and 4.5 bits a value. Convolutions, and
  /// matrices whose rows are not whole blocks, become F16.
  kQ8_0,
  kQ4_0,
};

struct ConvertOptions {
  WeightType type = WeightType::kExact;
  /// Other types for some of the matrices: patterns of names as `sotto inspect` lists them, in
  /// which
  /// * stands for any text and ? for any character. The last that matches decides; one that matches
  /// nothing is an error.
  std::vector<std::pair<std::string, WeightType>> keep;
  std::string name;     ///< empty: the folder's, or the file's without its ending
  std::string license;  ///< empty: what the folder's README.md states at its head, if anything
  std::string
      language;  ///< empty: likewise, or for Whisper all that the vocabulary has; such as "de"
  /// Whisper: a file (vocab.json, tokenizer.json, *.tiktoken) or a folder with one. Empty: the
  /// source itself, or for a .pt file the folder it is in.
  std::filesystem::path vocabulary;
  /// Whisper: the heads of the decoder that give the times of words, "layer,head;layer,head"
  /// counted from 0. Empty: what generation_config.json says, else OpenAI's list for a model of
  /// this shape (that of large-v2 also for large-v1), else every head of the upper half of the
  /// layers.
  std::string alignment_heads;
  /// Moonshine
  float max_tokens_per_second = 0;  ///< 0: 13 for languages in other than Latin script, else 6.5
};

/// Converts a Hugging Face folder of Moonshine or Whisper (config.json, model.safetensors or its
/// shards, tokenizer.json or vocab.json), a checkpoint of openai/whisper (.pt) or a model of
/// whisper.cpp (ggml-*.bin, also quantised) to a GGUF file; or such a GGUF file to one of another
/// type, with all its metadata but what the options replace. What `source` is says its contents.
/// `target` appears, or is replaced, only when all is well; it may be `source`.
SOTTO_API Status convert(const std::filesystem::path& source, const std::filesystem::path& target,
                         const ConvertOptions& options = {}) noexcept;

/// A GGUF file in memory with random weights and a made-up vocabulary, of the dimensions of a real
/// model: for timing every size without a download. `model` is "whisper:tiny", base, small, medium,
/// large-v3 or turbo, or "moonshine:tiny" or base; `type` that of the matrices, such as "f16".
/// Errors: kInvalidArgument, kUnsupported, kOutOfMemory.
SOTTO_API Result<std::vector<std::byte>> synthetic_model(std::string_view model,
                                                         std::string_view type) noexcept;

}  // namespace sotto
