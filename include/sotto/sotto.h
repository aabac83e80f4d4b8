/// @file
/// sotto for C99 and whatever calls C: all that sotto.hpp has, of which each function here says the
/// name and no more than the difference.
///
/// - Nothing here throws, prints, exits or aborts. What can fail has a `sotto_error**` as its last
///   argument: it is set to NULL, or to an error that the caller frees; NULL if the caller does not
///   care. Such a function returns NULL, or a code other than SOTTO_OK, when it failed.
/// - A null pointer where an object or a text is expected is an error SOTTO_INVALID_ARGUMENT;
///   functions without an error answer it with NULL, "" or 0, and those that free with nothing. So
///   do they a place beyond the end of a list.
/// - What `..._new()`, `..._load()` or a transcription returns is the caller's, to be freed by the
///   `..._free()` of its type. What other functions return belongs to the object that they were
///   asked about and lives as long. Texts are UTF-8 and end with a 0.
/// - Options are set by name and text, so that a newer library has more of them without another
///   binary interface, that a program can pass on what its user typed, and that a caller in another
///   language needs no copy of a struct.
/// - Threads are as in sotto.hpp: a model is for all threads at once, a session for one at a time,
///   and so are options and hooks while they are changed.
#ifndef SOTTO_SOTTO_H
#define SOTTO_SOTTO_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SOTTO_C_API __attribute__((visibility("default")))
#else
#define SOTTO_C_API
#endif

// An enum whose values may come from anywhere: in C++ all of an int's are valid then.
#ifdef __cplusplus
#define SOTTO_INT : int
#else
#define SOTTO_INT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// "0.1.0"
SOTTO_C_API const char* sotto_version(void);

/* ---------------------------------------------------------------------------- errors */

typedef enum sotto_code SOTTO_INT {
  SOTTO_OK = 0,
  SOTTO_INVALID_ARGUMENT = 1,
  SOTTO_IO = 2,
  SOTTO_CORRUPT_FILE = 3,
  SOTTO_UNSUPPORTED = 4,
  SOTTO_OUT_OF_MEMORY = 5,
  SOTTO_ABORTED = 6,
  SOTTO_INTERNAL = 7
} sotto_code;

typedef struct sotto_error sotto_error;

/// SOTTO_OK of NULL.
SOTTO_C_API sotto_code sotto_error_code(const sotto_error* error);
/// For the person who can fix it. "" of NULL.
SOTTO_C_API const char* sotto_error_message(const sotto_error* error);
SOTTO_C_API void sotto_error_free(sotto_error* error);

/// Frees what a function returned as `char*` or `void*`.
SOTTO_C_API void sotto_free(void* memory);

/* ---------------------------------------------------------------------------- options */

/// Which call the options are for; another refuses them.
typedef enum sotto_options_kind SOTTO_INT {
  SOTTO_LOAD_OPTIONS = 0,        ///< LoadOptions
  SOTTO_SESSION_OPTIONS = 1,     ///< SessionOptions
  SOTTO_TRANSCRIBE_OPTIONS = 2,  ///< TranscribeOptions
  SOTTO_CONVERT_OPTIONS = 3      ///< ConvertOptions
} sotto_options_kind;

typedef struct sotto_options sotto_options;

/// The defaults. Wherever options are taken, NULL stands for them too. NULL without memory or for
/// another kind.
SOTTO_C_API sotto_options* sotto_options_new(sotto_options_kind kind);
SOTTO_C_API void sotto_options_free(sotto_options* options);

/// Sets the member `name` of the C++ struct: "true" or "false"; a number; "none" where there may be
/// none; numbers or languages with commas between them; text as it is. `task` is "transcribe" or
/// "translate"; `type` "exact", "f32", "f16", "bf16", "q8_0" or "q4_0"; `keep` "PATTERN=TYPE", one
/// more each time. A name that there is not and a value that makes no sense are errors here;
/// whether the model can honour it, the call says that uses it.
SOTTO_C_API sotto_code sotto_options_set(sotto_options* options, const char* name,
                                         const char* value, sotto_error** error);

/// How many options the kind has, and the name of each.
SOTTO_C_API size_t sotto_options_count(sotto_options_kind kind);
SOTTO_C_API const char* sotto_options_name(sotto_options_kind kind, size_t index);

/* ---------------------------------------------------------------------------- log */

typedef enum sotto_log_level SOTTO_INT {
  SOTTO_LOG_DEBUG = 0,
  SOTTO_LOG_INFO = 1,
  SOTTO_LOG_WARNING = 2
} sotto_log_level;

typedef void (*sotto_log)(void* user, sotto_log_level level, const char* line);

/// LoadOptions::log. Of options for loading alone.
SOTTO_C_API sotto_code sotto_options_on_log(sotto_options* options, sotto_log log, void* user,
                                            sotto_error** error);

/* ---------------------------------------------------------------------------- sound */

typedef struct sotto_sound sotto_sound;

SOTTO_C_API sotto_sound* sotto_read_sound(const char* file, sotto_error** error);
SOTTO_C_API sotto_sound* sotto_read_sound_bytes(const void* bytes, size_t size, const char* name,
                                                sotto_error** error);
SOTTO_C_API const float* sotto_sound_samples(const sotto_sound* sound);
SOTTO_C_API size_t sotto_sound_count(const sotto_sound* sound);
SOTTO_C_API int sotto_sound_rate(const sotto_sound* sound);
SOTTO_C_API void sotto_sound_free(sotto_sound* sound);

/* ---------------------------------------------------------------------------- model */

typedef struct sotto_model sotto_model;

SOTTO_C_API sotto_model* sotto_model_load(const char* file, const sotto_options* options,
                                          sotto_error** error);
SOTTO_C_API sotto_model* sotto_model_load_bytes(const void* bytes, size_t size, const char* name,
                                                const sotto_options* options, sotto_error** error);
/// ModelReader::read: fills `out` with the `count` bytes from `offset` on; other than 0 where that
/// failed.
typedef int (*sotto_read_bytes)(void* user, uint64_t offset, void* out, size_t count);
SOTTO_C_API sotto_model* sotto_model_load_reader(sotto_read_bytes read, void* user, uint64_t size,
                                                 const char* name, const sotto_options* options,
                                                 sotto_error** error);
/// Sessions of the model go on without it.
SOTTO_C_API void sotto_model_free(sotto_model* model);

typedef enum sotto_model_text_of SOTTO_INT {
  SOTTO_MODEL_FILE = 0,
  SOTTO_MODEL_ARCHITECTURE = 1,
  SOTTO_MODEL_NAME = 2,
  SOTTO_MODEL_LICENSE = 3,
  SOTTO_MODEL_INSTRUCTION_SET = 4
} sotto_model_text_of;
SOTTO_C_API const char* sotto_model_text(const sotto_model* model, sotto_model_text_of what);

typedef enum sotto_model_number_of SOTTO_INT {
  SOTTO_MODEL_PARAMETERS = 0,
  SOTTO_MODEL_FILE_BYTES = 1,
  SOTTO_MODEL_WEIGHTS_BYTES = 2,
  SOTTO_MODEL_VOCABULARY = 3,
  SOTTO_MODEL_ALIGNMENT_HEADS = 4,
  SOTTO_MODEL_WIDTH = 5,
  SOTTO_MODEL_ENCODER_LAYERS = 6,
  SOTTO_MODEL_ENCODER_HEADS = 7,
  SOTTO_MODEL_DECODER_LAYERS = 8,
  SOTTO_MODEL_DECODER_HEADS = 9,
  SOTTO_MODEL_AUDIO_CONTEXT = 10,
  SOTTO_MODEL_TEXT_CONTEXT = 11,
  SOTTO_MODEL_MEL_BINS = 12
} sotto_model_number_of;
SOTTO_C_API uint64_t sotto_model_number(const sotto_model* model, sotto_model_number_of what);

typedef enum sotto_model_list_of SOTTO_INT {
  SOTTO_MODEL_LANGUAGES = 0,         ///< codes
  SOTTO_MODEL_SPOKEN_LANGUAGES = 1,  ///< codes
  SOTTO_MODEL_TASKS = 2,             ///< "transcribe", "translate"
  SOTTO_MODEL_METADATA = 3,          ///< keys with values
  SOTTO_MODEL_TENSORS = 4            ///< names with types and shapes
} sotto_model_list_of;
SOTTO_C_API size_t sotto_model_count(const sotto_model* model, sotto_model_list_of list);
SOTTO_C_API const char* sotto_model_entry(const sotto_model* model, sotto_model_list_of list,
                                          size_t index);
/// What stands beside the entry in a list of two; "" in the others.
SOTTO_C_API const char* sotto_model_value(const sotto_model* model, sotto_model_list_of list,
                                          size_t index);

/* ---------------------------------------------------------------------------- session */

typedef struct sotto_memory {
  uint64_t weights_bytes;
  uint64_t session_bytes;
  uint64_t cache_bytes;
} sotto_memory;

/// Session::memory_need().
SOTTO_C_API sotto_code sotto_memory_need(const sotto_model* model, const sotto_options* options,
                                         sotto_memory* need, sotto_error** error);
/// Session::describe_plan(); for sotto_free().
SOTTO_C_API char* sotto_describe_plan(const sotto_model* model, const sotto_options* options,
                                      sotto_error** error);

typedef struct sotto_session sotto_session;

SOTTO_C_API sotto_session* sotto_session_new(const sotto_model* model, const sotto_options* options,
                                             sotto_error** error);
SOTTO_C_API void sotto_session_free(sotto_session* session);
SOTTO_C_API unsigned sotto_session_threads(const sotto_session* session);
SOTTO_C_API sotto_memory sotto_session_memory(const sotto_session* session);
SOTTO_C_API size_t sotto_session_kernel_count(const sotto_session* session);
SOTTO_C_API const char* sotto_session_kernel(const sotto_session* session, size_t index);

/* ---------------------------------------------------------------------------- transcript */

typedef struct sotto_transcript sotto_transcript;
typedef struct sotto_segment sotto_segment;
typedef struct sotto_word sotto_word;

SOTTO_C_API void sotto_transcript_free(sotto_transcript* transcript);
SOTTO_C_API const char* sotto_transcript_text(const sotto_transcript* transcript);
SOTTO_C_API const char* sotto_transcript_language(const sotto_transcript* transcript);

typedef enum sotto_seconds SOTTO_INT {
  SOTTO_SECONDS_AUDIO = 0,
  SOTTO_SECONDS_TOTAL = 1,
  SOTTO_SECONDS_ENCODE = 2,
  SOTTO_SECONDS_DECODE = 3,
  SOTTO_SECONDS_FRONTEND = 4,
  SOTTO_SECONDS_FIRST_TOKEN = 5
} sotto_seconds;
SOTTO_C_API double sotto_transcript_seconds(const sotto_transcript* transcript, sotto_seconds what);

typedef enum sotto_stage SOTTO_INT {
  SOTTO_STAGE_ENCODE = 0,
  SOTTO_STAGE_CROSS_KV = 1,
  SOTTO_STAGE_PROMPT = 2,
  SOTTO_STAGE_DECODE = 3
} sotto_stage;
typedef enum sotto_measure SOTTO_INT {
  SOTTO_MEASURE_SECONDS = 0,
  SOTTO_MEASURE_TOKENS = 1,
  SOTTO_MEASURE_OPERATIONS = 2,
  SOTTO_MEASURE_BYTES = 3,
  SOTTO_MEASURE_ARITHMETIC = 4  ///< 0 f32, 1 bf16, 2 int8
} sotto_measure;
SOTTO_C_API double sotto_transcript_stage(const sotto_transcript* transcript, sotto_stage stage,
                                          sotto_measure what);

/// Transcript::language_probabilities
SOTTO_C_API size_t sotto_transcript_language_count(const sotto_transcript* transcript);
SOTTO_C_API const char* sotto_transcript_language_code(const sotto_transcript* transcript,
                                                       size_t index);
SOTTO_C_API double sotto_transcript_language_probability(const sotto_transcript* transcript,
                                                         size_t index);

SOTTO_C_API size_t sotto_transcript_segment_count(const sotto_transcript* transcript);
SOTTO_C_API const sotto_segment* sotto_transcript_segment(const sotto_transcript* transcript,
                                                          size_t index);
SOTTO_C_API double sotto_segment_start(const sotto_segment* segment);
SOTTO_C_API double sotto_segment_end(const sotto_segment* segment);
SOTTO_C_API const char* sotto_segment_text(const sotto_segment* segment);
SOTTO_C_API const char* sotto_segment_language(const sotto_segment* segment);
/// Other than 0: words may be missing.
SOTTO_C_API int sotto_segment_truncated(const sotto_segment* segment);

typedef enum sotto_segment_number_of SOTTO_INT {
  SOTTO_SEGMENT_TEMPERATURE = 0,
  SOTTO_SEGMENT_AVG_LOGPROB = 1,
  SOTTO_SEGMENT_COMPRESSION_RATIO = 2,
  SOTTO_SEGMENT_NO_SPEECH_PROB = 3,
  SOTTO_SEGMENT_SEEK_SECONDS = 4
} sotto_segment_number_of;
SOTTO_C_API double sotto_segment_number(const sotto_segment* segment, sotto_segment_number_of what);

SOTTO_C_API size_t sotto_segment_token_count(const sotto_segment* segment);
SOTTO_C_API int32_t sotto_segment_token(const sotto_segment* segment, size_t index);
/// 0 where the model gives none.
SOTTO_C_API double sotto_segment_token_probability(const sotto_segment* segment, size_t index);

SOTTO_C_API size_t sotto_segment_word_count(const sotto_segment* segment);
SOTTO_C_API const sotto_word* sotto_segment_word(const sotto_segment* segment, size_t index);
SOTTO_C_API double sotto_word_start(const sotto_word* word);
SOTTO_C_API double sotto_word_end(const sotto_word* word);
SOTTO_C_API const char* sotto_word_text(const sotto_word* word);
SOTTO_C_API double sotto_word_probability(const sotto_word* word);

/* ---------------------------------------------------------------------------- hooks */

typedef struct sotto_hooks sotto_hooks;

typedef void (*sotto_on_segment)(void* user, const sotto_segment* segment);
typedef void (*sotto_on_progress)(void* user, double share);
/// Other than 0 ends the transcription with SOTTO_ABORTED.
typedef int (*sotto_on_abort)(void* user);
typedef void (*sotto_on_logits)(void* user, const int32_t* tokens, size_t token_count,
                                float* logits, size_t logit_count);

/// TranscribeHooks, none set. A function that is NULL unsets one. NULL without memory.
SOTTO_C_API sotto_hooks* sotto_hooks_new(void);
SOTTO_C_API void sotto_hooks_free(sotto_hooks* hooks);
SOTTO_C_API void sotto_hooks_segment(sotto_hooks* hooks, sotto_on_segment segment, void* user);
SOTTO_C_API void sotto_hooks_progress(sotto_hooks* hooks, sotto_on_progress progress, void* user);
SOTTO_C_API void sotto_hooks_abort(sotto_hooks* hooks, sotto_on_abort abort, void* user);
SOTTO_C_API void sotto_hooks_logits(sotto_hooks* hooks, sotto_on_logits logits, void* user);
SOTTO_C_API void sotto_hooks_log(sotto_hooks* hooks, sotto_log log, void* user);

/* ---------------------------------------------------------------------------- transcribe */

/// Session::transcribe(); `samples` may be NULL where `count` is 0, `hooks` always.
SOTTO_C_API sotto_transcript* sotto_transcribe(sotto_session* session, const float* samples,
                                               size_t count, int sample_rate,
                                               const sotto_options* options,
                                               const sotto_hooks* hooks, sotto_error** error);
SOTTO_C_API sotto_transcript* sotto_transcribe_file(sotto_session* session, const char* file,
                                                    const sotto_options* options,
                                                    const sotto_hooks* hooks, sotto_error** error);
/// SoundSource::read; less than 0 where that failed.
typedef ptrdiff_t (*sotto_read_samples)(void* user, uint64_t first_sample, float* out,
                                        size_t count);
/// `length` in samples, less than 0 if it is not known.
SOTTO_C_API sotto_transcript* sotto_transcribe_source(
    sotto_session* session, sotto_read_samples read, void* user, int sample_rate, int64_t length,
    const sotto_options* options, const sotto_hooks* hooks, sotto_error** error);

/* ---------------------------------------------------------------------------- tools */

SOTTO_C_API sotto_code sotto_convert(const char* source, const char* target,
                                     const sotto_options* options, sotto_error** error);
/// Returns `*size` bytes for sotto_free().
SOTTO_C_API void* sotto_synthetic_model(const char* model, const char* type, size_t* size,
                                        sotto_error** error);

/// The language `index` that Whisper's vocabularies may have, in the order of their tokens, then
/// other names of some: its code ("en") and its English name ("english"). 0 from the first index on
/// that there is none of; `*code` and `*name`, which may be null, then stay as they are.
SOTTO_C_API int sotto_language(size_t index, const char** code, const char** name);

typedef enum sotto_normalizer SOTTO_INT {
  SOTTO_NORMALIZER_BASIC = 0,
  SOTTO_NORMALIZER_ENGLISH = 1
} sotto_normalizer;
/// For sotto_free().
SOTTO_C_API char* sotto_normalize(const char* text, sotto_normalizer normalizer,
                                  sotto_error** error);

typedef struct sotto_word_errors {
  size_t words;
  size_t substitutions;
  size_t deletions;
  size_t insertions;
} sotto_word_errors;
SOTTO_C_API sotto_code sotto_count_word_errors(const char* reference, const char* hypothesis,
                                               sotto_word_errors* counts, sotto_error** error);

#ifdef __cplusplus
}
#endif

#endif
