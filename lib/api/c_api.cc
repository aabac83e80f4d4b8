// Errors, sounds, models, sessions and tools of sotto.h.
#include <cstdlib>
#include <cstring>
#include <new>

#include "lib/api/c_objects.h"

// The message follows the struct in the same block of memory.
struct sotto_error {
  sotto_code code;
  const char* message;
};

namespace sotto::api {
namespace {

// Stands for an error that there is no memory for; never freed.
constexpr sotto_error kNoMemory = {SOTTO_OUT_OF_MEMORY, "out of memory"};

sotto_code to_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return SOTTO_INVALID_ARGUMENT;
    case ErrorCode::kIo: return SOTTO_IO;
    case ErrorCode::kCorruptFile: return SOTTO_CORRUPT_FILE;
    case ErrorCode::kUnsupported: return SOTTO_UNSUPPORTED;
    case ErrorCode::kOutOfMemory: return SOTTO_OUT_OF_MEMORY;
    case ErrorCode::kAborted: return SOTTO_ABORTED;
    case ErrorCode::kInternal: break;
  }
  return SOTTO_INTERNAL;
}

}  // namespace

sotto_code fail(sotto_error** out, const Error& error) noexcept {
  const sotto_code code = to_code(error.code);
  if (out == nullptr) return code;
  void* const memory = std::malloc(sizeof(sotto_error) + error.message.size() + 1);
  if (memory == nullptr) {
    *out = const_cast<sotto_error*>(&kNoMemory);
    return code;
  }
  char* const message = static_cast<char*>(memory) + sizeof(sotto_error);
  std::memcpy(message, error.message.c_str(), error.message.size() + 1);
  *out = new (memory) sotto_error{code, message};
  return code;
}

Status check(std::initializer_list<Argument> arguments) {
  for (const auto& [name, pointer] : arguments) {
    if (pointer == nullptr) return base::error(ErrorCode::kInvalidArgument, name, " is null");
  }
  return ok();
}

Log to_log(sotto_log log, void* user) {
  if (log == nullptr) return nullptr;
  return [=](LogLevel level, std::string_view line) {
    log(user, static_cast<sotto_log_level>(level), std::string(line).c_str());
  };
}

Result<char*> copy(std::string_view text) {
  char* const memory = static_cast<char*>(std::malloc(text.size() + 1));
  if (memory == nullptr) throw std::bad_alloc();
  std::memcpy(memory, text.data(), text.size());
  memory[text.size()] = 0;
  return memory;
}

namespace {

std::span<const std::byte> bytes_of(const void* bytes, size_t size) {
  return {static_cast<const std::byte*>(bytes), size};
}

using Lists = std::vector<std::pair<std::string, std::string>>;

// Of a list of plain texts, or of texts with values.
size_t count_of(const ModelInfo& info, sotto_model_list_of list) {
  switch (list) {
    case SOTTO_MODEL_LANGUAGES: return info.languages.size();
    case SOTTO_MODEL_SPOKEN_LANGUAGES: return info.spoken_languages.size();
    case SOTTO_MODEL_TASKS: return info.tasks.size();
    case SOTTO_MODEL_METADATA: return info.metadata.size();
    case SOTTO_MODEL_TENSORS: return info.tensors.size();
  }
  return 0;
}

// Requires: index < count_of().
std::pair<const char*, const char*> entry_of(const ModelInfo& info, sotto_model_list_of list,
                                             size_t index) {
  const auto pair = [&](const Lists& pairs) {
    return std::pair(pairs[index].first.c_str(), pairs[index].second.c_str());
  };
  switch (list) {
    case SOTTO_MODEL_LANGUAGES: return {info.languages[index].c_str(), ""};
    case SOTTO_MODEL_SPOKEN_LANGUAGES: return {info.spoken_languages[index].c_str(), ""};
    case SOTTO_MODEL_TASKS:
      return {info.tasks[index] == Task::kTranslate ? "translate" : "transcribe", ""};
    case SOTTO_MODEL_METADATA: return pair(info.metadata);
    case SOTTO_MODEL_TENSORS: return pair(info.tensors);
  }
  return {"", ""};
}

// What `body` makes of the session, the options and the hooks.
template <typename Body>
sotto_transcript* transcribe(sotto_session* session, const sotto_options* options,
                             const sotto_hooks* hooks, sotto_error** error, const Body& body) {
  return make<sotto_transcript>(error, [&]() -> Result<sotto_transcript*> {
    if (Status s = check({{"session", session}}); !s) return std::move(s).error();
    const Result<TranscribeOptions> settled = transcribe_options(options);
    if (!settled) return settled.error();
    const TranscribeHooks none;
    return hold<sotto_transcript>(
        body(session->session, *settled, hooks == nullptr ? none : hooks->hooks));
  });
}

}  // namespace
}  // namespace sotto::api

using namespace sotto::api;
using sotto::ErrorCode;
using sotto::Result;
using sotto::Status;

extern "C" {

const char* sotto_version(void) { return sotto::version().data(); }

sotto_code sotto_error_code(const sotto_error* error) {
  return error == nullptr ? SOTTO_OK : error->code;
}
const char* sotto_error_message(const sotto_error* error) {
  return error == nullptr ? "" : error->message;
}
void sotto_error_free(sotto_error* error) {
  if (error != &kNoMemory) std::free(error);
}

void sotto_free(void* memory) { std::free(memory); }

sotto_sound* sotto_read_sound(const char* file, sotto_error** error) {
  return make<sotto_sound>(error, [&]() -> Result<sotto_sound*> {
    if (Status s = check({{"file", file}}); !s) return std::move(s).error();
    return hold<sotto_sound>(sotto::read_sound(file));
  });
}
sotto_sound* sotto_read_sound_bytes(const void* bytes, size_t size, const char* name,
                                    sotto_error** error) {
  return make<sotto_sound>(error, [&]() -> Result<sotto_sound*> {
    if (Status s = check({{"bytes", bytes}, {"name", name}}); !s) return std::move(s).error();
    return hold<sotto_sound>(sotto::read_sound(bytes_of(bytes, size), name));
  });
}
const float* sotto_sound_samples(const sotto_sound* sound) {
  return sound == nullptr ? nullptr : sound->sound.samples.data();
}
size_t sotto_sound_count(const sotto_sound* sound) {
  return sound == nullptr ? 0 : sound->sound.samples.size();
}
int sotto_sound_rate(const sotto_sound* sound) {
  return sound == nullptr ? 0 : sound->sound.sample_rate;
}
void sotto_sound_free(sotto_sound* sound) { delete sound; }

sotto_model* sotto_model_load(const char* file, const sotto_options* options, sotto_error** error) {
  return make<sotto_model>(error, [&]() -> Result<sotto_model*> {
    if (Status s = check({{"file", file}}); !s) return std::move(s).error();
    const auto settled = load_options(options);
    if (!settled) return settled.error();
    return hold<sotto_model>(sotto::Model::load(file, *settled));
  });
}
sotto_model* sotto_model_load_bytes(const void* bytes, size_t size, const char* name,
                                    const sotto_options* options, sotto_error** error) {
  return make<sotto_model>(error, [&]() -> Result<sotto_model*> {
    if (Status s = check({{"bytes", bytes}, {"name", name}}); !s) return std::move(s).error();
    const auto settled = load_options(options);
    if (!settled) return settled.error();
    return hold<sotto_model>(sotto::Model::load(bytes_of(bytes, size), name, *settled));
  });
}
sotto_model* sotto_model_load_reader(sotto_read_bytes read, void* user, uint64_t size,
                                     const char* name, const sotto_options* options,
                                     sotto_error** error) {
  return make<sotto_model>(error, [&]() -> Result<sotto_model*> {
    if (Status s = check({{"name", name}}); !s) return std::move(s).error();
    const auto settled = load_options(options);
    if (!settled) return settled.error();
    sotto::ModelReader reader{.size = size, .read = nullptr};
    if (read != nullptr) {
      reader.read = [&](std::uint64_t offset, std::span<std::byte> out) -> Status {
        if (read(user, offset, out.data(), out.size()) == 0) return sotto::ok();
        return sotto::base::error(ErrorCode::kIo, name, ": could not be read at ", offset);
      };
    }
    return hold<sotto_model>(sotto::Model::load(reader, name, *settled));
  });
}
void sotto_model_free(sotto_model* model) { delete model; }

const char* sotto_model_text(const sotto_model* model, sotto_model_text_of what) {
  if (model == nullptr) return "";
  const sotto::ModelInfo& info = model->model.info();
  switch (what) {
    case SOTTO_MODEL_FILE: return info.file.c_str();
    case SOTTO_MODEL_ARCHITECTURE: return info.architecture.c_str();
    case SOTTO_MODEL_NAME: return info.name.c_str();
    case SOTTO_MODEL_LICENSE: return info.license.c_str();
    case SOTTO_MODEL_INSTRUCTION_SET: return info.instruction_set.c_str();
  }
  return "";
}

uint64_t sotto_model_number(const sotto_model* model, sotto_model_number_of what) {
  if (model == nullptr) return 0;
  const sotto::ModelInfo& info = model->model.info();
  switch (what) {
    case SOTTO_MODEL_PARAMETERS: return info.parameters;
    case SOTTO_MODEL_FILE_BYTES: return info.file_bytes;
    case SOTTO_MODEL_WEIGHTS_BYTES: return info.weights_bytes;
    case SOTTO_MODEL_VOCABULARY: return info.vocabulary;
    case SOTTO_MODEL_ALIGNMENT_HEADS: return info.alignment_heads;
    case SOTTO_MODEL_WIDTH: return info.sizes.width;
    case SOTTO_MODEL_ENCODER_LAYERS: return info.sizes.encoder_layers;
    case SOTTO_MODEL_ENCODER_HEADS: return info.sizes.encoder_heads;
    case SOTTO_MODEL_DECODER_LAYERS: return info.sizes.decoder_layers;
    case SOTTO_MODEL_DECODER_HEADS: return info.sizes.decoder_heads;
    case SOTTO_MODEL_AUDIO_CONTEXT: return info.sizes.audio_context;
    case SOTTO_MODEL_TEXT_CONTEXT: return info.sizes.text_context;
    case SOTTO_MODEL_MEL_BINS: return info.sizes.mel_bins;
  }
  return 0;
}

size_t sotto_model_count(const sotto_model* model, sotto_model_list_of list) {
  return model == nullptr ? 0 : count_of(model->model.info(), list);
}
const char* sotto_model_entry(const sotto_model* model, sotto_model_list_of list, size_t index) {
  if (index >= sotto_model_count(model, list)) return "";
  return entry_of(model->model.info(), list, index).first;
}
const char* sotto_model_value(const sotto_model* model, sotto_model_list_of list, size_t index) {
  if (index >= sotto_model_count(model, list)) return "";
  return entry_of(model->model.info(), list, index).second;
}

sotto_code sotto_memory_need(const sotto_model* model, const sotto_options* options,
                             sotto_memory* need, sotto_error** error) {
  return attempt(error, [&]() -> Status {
    if (Status s = check({{"model", model}, {"need", need}}); !s) return s;
    const auto settled = session_options(options);
    if (!settled) return settled.error();
    const auto found = sotto::Session::memory_need(model->model, *settled);
    if (!found) return found.error();
    *need = {found->weights_bytes, found->session_bytes, found->cache_bytes};
    return sotto::ok();
  });
}
char* sotto_describe_plan(const sotto_model* model, const sotto_options* options,
                          sotto_error** error) {
  return make<char>(error, [&]() -> Result<char*> {
    if (Status s = check({{"model", model}}); !s) return std::move(s).error();
    const auto settled = session_options(options);
    if (!settled) return settled.error();
    const auto plan = sotto::Session::describe_plan(model->model, *settled);
    if (!plan) return plan.error();
    return copy(*plan);
  });
}

sotto_session* sotto_session_new(const sotto_model* model, const sotto_options* options,
                                 sotto_error** error) {
  return make<sotto_session>(error, [&]() -> Result<sotto_session*> {
    if (Status s = check({{"model", model}}); !s) return std::move(s).error();
    const auto settled = session_options(options);
    if (!settled) return settled.error();
    return hold<sotto_session>(sotto::Session::create(model->model, *settled));
  });
}
void sotto_session_free(sotto_session* session) { delete session; }
unsigned sotto_session_threads(const sotto_session* session) {
  return session == nullptr ? 0 : session->session.threads();
}
sotto_memory sotto_session_memory(const sotto_session* session) {
  if (session == nullptr) return {0, 0, 0};
  const sotto::MemoryNeed& need = session->session.memory();
  return {need.weights_bytes, need.session_bytes, need.cache_bytes};
}
size_t sotto_session_kernel_count(const sotto_session* session) {
  return session == nullptr ? 0 : session->session.kernels().size();
}
const char* sotto_session_kernel(const sotto_session* session, size_t index) {
  if (index >= sotto_session_kernel_count(session)) return "";
  return session->session.kernels()[index].c_str();
}

sotto_transcript* sotto_transcribe(sotto_session* session, const float* samples, size_t count,
                                   int sample_rate, const sotto_options* options,
                                   const sotto_hooks* hooks, sotto_error** error) {
  return transcribe(
      session, options, hooks, error,
      [&](sotto::Session& s, const auto& settled, const auto& called) -> Result<sotto::Transcript> {
        if (samples == nullptr && count > 0) return check({{"samples", nullptr}}).error();
        return s.transcribe({samples, count}, sample_rate, settled, called);
      });
}
sotto_transcript* sotto_transcribe_file(sotto_session* session, const char* file,
                                        const sotto_options* options, const sotto_hooks* hooks,
                                        sotto_error** error) {
  return transcribe(
      session, options, hooks, error,
      [&](sotto::Session& s, const auto& settled, const auto& called) -> Result<sotto::Transcript> {
        if (file == nullptr) return check({{"file", nullptr}}).error();
        return s.transcribe_file(file, settled, called);
      });
}
sotto_transcript* sotto_transcribe_source(sotto_session* session, sotto_read_samples read,
                                          void* user, int sample_rate, int64_t length,
                                          const sotto_options* options, const sotto_hooks* hooks,
                                          sotto_error** error) {
  sotto::SoundSource source{.sample_rate = sample_rate, .length = {}, .read = nullptr};
  if (length >= 0) source.length = static_cast<std::uint64_t>(length);
  if (read != nullptr) {
    source.read = [=](std::uint64_t first, std::span<float> out) -> Result<std::size_t> {
      const ptrdiff_t got = read(user, first, out.data(), out.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      return sotto::base::error(ErrorCode::kIo, "the sound: could not be read at sample ", first);
    };
  }
  return transcribe(session, options, hooks, error,
                    [&](sotto::Session& s, const auto& settled, const auto& called) {
                      return s.transcribe(source, settled, called);
                    });
}

sotto_code sotto_convert(const char* source, const char* target, const sotto_options* options,
                         sotto_error** error) {
  return attempt(error, [&]() -> Status {
    if (Status s = check({{"source", source}, {"target", target}}); !s) return s;
    const auto settled = convert_options(options);
    if (!settled) return settled.error();
    return sotto::convert(source, target, *settled);
  });
}
void* sotto_synthetic_model(const char* model, const char* type, size_t* size,
                            sotto_error** error) {
  return make<char>(error, [&]() -> Result<char*> {
    if (Status s = check({{"model", model}, {"type", type}, {"size", size}}); !s) {
      return std::move(s).error();
    }
    const auto made = sotto::synthetic_model(model, type);
    if (!made) return made.error();
    *size = made->size();
    return copy({reinterpret_cast<const char*>(made->data()), made->size()});
  });
}

int sotto_language(size_t index, const char** code, const char** name) {
  const std::span<const sotto::Language> all = sotto::languages();
  const std::span<const sotto::Language> aliases = sotto::language_aliases();
  if (index >= all.size() + aliases.size()) return 0;
  const sotto::Language& found = index < all.size() ? all[index] : aliases[index - all.size()];
  if (code != nullptr) *code = found.code.data();  // literals: ended by a zero
  if (name != nullptr) *name = found.name.data();
  return 1;
}

char* sotto_normalize(const char* text, sotto_normalizer normalizer, sotto_error** error) {
  return make<char>(error, [&]() -> Result<char*> {
    if (Status s = check({{"text", text}}); !s) return std::move(s).error();
    const auto normal = sotto::normalize(text, static_cast<sotto::Normalizer>(normalizer));
    if (!normal) return normal.error();
    return copy(*normal);
  });
}
sotto_code sotto_count_word_errors(const char* reference, const char* hypothesis,
                                   sotto_word_errors* counts, sotto_error** error) {
  return attempt(error, [&]() -> Status {
    if (Status s =
            check({{"reference", reference}, {"hypothesis", hypothesis}, {"counts", counts}});
        !s) {
      return s;
    }
    const auto found = sotto::count_word_errors(reference, hypothesis);
    if (!found) return found.error();
    *counts = {found->words, found->substitutions, found->deletions, found->insertions};
    return sotto::ok();
  });
}

}  // extern "C"
