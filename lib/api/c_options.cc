// Options of sotto.h: set by name and text.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <new>
#include <type_traits>

#include "lib/api/c_objects.h"
#include "lib/base/quote.h"

namespace sotto::api {
namespace {

// read(text, value) sets the value and returns null, or says what was expected.
using Expected = const char*;

Expected read(std::string_view text, bool& value) {
  value = text == "true";
  return value || text == "false" ? nullptr : "true or false";
}

template <typename T>
requires std::is_arithmetic_v<T> Expected read(std::string_view text, T& value) {
  T number{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = failure == std::errc() && end == text.data() + text.size();
  if constexpr (std::is_floating_point_v<T>) {
    if (!whole || !std::isfinite(number)) return "a number";
  } else if (!whole) {
    return "a whole number, 0 or more";
  }
  value = number;
  return nullptr;
}

Expected read(std::string_view text, std::string& value) {
  value = text;
  return nullptr;
}
Expected read(std::string_view text, std::filesystem::path& value) {
  value = text;
  return nullptr;
}

template <typename T>
Expected read(std::string_view text, std::optional<T>& value) {
  T some{};
  if (text != "none") {
    if (read(text, some) != nullptr) return "a number or none";
    value = some;
  } else {
    value = std::nullopt;
  }
  return nullptr;
}

template <typename T>
Expected read(std::string_view text, std::vector<T>& value) {
  std::vector<T> list;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (const Expected bad = read(text.substr(0, comma), list.emplace_back())) return bad;
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return "something behind the last comma";
  }
  value = std::move(list);
  return nullptr;
}

Expected read(std::string_view text, Task& value) {
  value = text == "translate" ? Task::kTranslate : Task::kTranscribe;
  return text == "translate" || text == "transcribe" ? nullptr : "transcribe or translate";
}

Expected read(std::string_view text, WeightType& value) {
  constexpr std::pair<std::string_view, WeightType> kTypes[] = {
      {"exact", WeightType::kExact}, {"f32", WeightType::kF32},   {"f16", WeightType::kF16},
      {"bf16", WeightType::kBF16},   {"q8_0", WeightType::kQ8_0}, {"q4_0", WeightType::kQ4_0}};
  for (const auto& [name, type] : kTypes) {
    if (text == name) return value = type, nullptr;
  }
  return "exact, f32, f16, bf16, q8_0 or q4_0";
}

// One more exception of ConvertOptions::keep.
Expected read(std::string_view text, std::vector<std::pair<std::string, WeightType>>& value) {
  const std::size_t equals = text.rfind('=');
  WeightType type{};
  if (equals == std::string_view::npos || read(text.substr(equals + 1), type) != nullptr) {
    return "PATTERN=TYPE";
  }
  value.emplace_back(text.substr(0, equals), type);
  return nullptr;
}

struct Option {
  const char* name;
  Expected (*set)(sotto_options& options, std::string_view text);
};

template <auto Part, auto Member>
Expected set(sotto_options& options, std::string_view text) {
  return read(text, options.*Part.*Member);
}

template <auto Member>
constexpr auto kLoad = set<&sotto_options::load, Member>;
template <auto Member>
constexpr auto kSession = set<&sotto_options::session, Member>;
template <auto Member>
constexpr auto kTranscribe = set<&sotto_options::transcribe, Member>;
template <auto Member>
constexpr auto kConvert = set<&sotto_options::convert, Member>;

using T = TranscribeOptions;

constexpr Option kLoadOptions[] = {
    {"memory_map", kLoad<&LoadOptions::memory_map>},
};
constexpr Option kSessionOptions[] = {
    {"threads", kSession<&SessionOptions::threads>},
    {"window_seconds", kSession<&SessionOptions::window_seconds>},
    {"max_hypotheses", kSession<&SessionOptions::max_hypotheses>},
    {"word_timestamps", kSession<&SessionOptions::word_timestamps>},
    {"memory_limit_bytes", kSession<&SessionOptions::memory_limit_bytes>},
};
constexpr Option kTranscribeOptions[] = {
    {"repetition_guard", kTranscribe<&T::repetition_guard>},
    {"task", kTranscribe<&T::task>},
    {"language", kTranscribe<&T::language>},
    {"languages", kTranscribe<&T::languages>},
    {"detect_language_per_window", kTranscribe<&T::detect_language_per_window>},
    {"temperature", kTranscribe<&T::temperature>},
    {"compression_ratio_threshold", kTranscribe<&T::compression_ratio_threshold>},
    {"logprob_threshold", kTranscribe<&T::logprob_threshold>},
    {"no_speech_threshold", kTranscribe<&T::no_speech_threshold>},
    {"beam_size", kTranscribe<&T::beam_size>},
    {"patience", kTranscribe<&T::patience>},
    {"length_penalty", kTranscribe<&T::length_penalty>},
    {"best_of", kTranscribe<&T::best_of>},
    {"seed", kTranscribe<&T::seed>},
    {"sample_len", kTranscribe<&T::sample_len>},
    {"suppress_tokens", kTranscribe<&T::suppress_tokens>},
    {"suppress_blank", kTranscribe<&T::suppress_blank>},
    {"without_timestamps", kTranscribe<&T::without_timestamps>},
    {"max_initial_timestamp", kTranscribe<&T::max_initial_timestamp>},
    {"condition_on_previous_text", kTranscribe<&T::condition_on_previous_text>},
    {"initial_prompt", kTranscribe<&T::initial_prompt>},
    {"carry_initial_prompt", kTranscribe<&T::carry_initial_prompt>},
    {"prefix", kTranscribe<&T::prefix>},
    {"clip_timestamps", kTranscribe<&T::clip_timestamps>},
    {"word_timestamps", kTranscribe<&T::word_timestamps>},
    {"prepend_punctuations", kTranscribe<&T::prepend_punctuations>},
    {"append_punctuations", kTranscribe<&T::append_punctuations>},
    {"hallucination_silence_threshold", kTranscribe<&T::hallucination_silence_threshold>},
};
constexpr Option kConvertOptions[] = {
    {"type", kConvert<&ConvertOptions::type>},
    {"keep", kConvert<&ConvertOptions::keep>},
    {"name", kConvert<&ConvertOptions::name>},
    {"license", kConvert<&ConvertOptions::license>},
    {"language", kConvert<&ConvertOptions::language>},
    {"vocabulary", kConvert<&ConvertOptions::vocabulary>},
    {"alignment_heads", kConvert<&ConvertOptions::alignment_heads>},
    {"max_tokens_per_second", kConvert<&ConvertOptions::max_tokens_per_second>},
};

constexpr std::string_view kKinds[] = {"loading", "a session", "a transcription", "a conversion"};

std::span<const Option> options_of(sotto_options_kind kind) {
  switch (kind) {
    case SOTTO_LOAD_OPTIONS: return kLoadOptions;
    case SOTTO_SESSION_OPTIONS: return kSessionOptions;
    case SOTTO_TRANSCRIBE_OPTIONS: return kTranscribeOptions;
    case SOTTO_CONVERT_OPTIONS: return kConvertOptions;
  }
  return {};
}

Status set_option(sotto_options& options, std::string_view name, std::string_view value) {
  const std::span<const Option> known = options_of(options.kind);
  const auto option =
      std::ranges::find(known, name, [](const Option& o) { return std::string_view(o.name); });
  if (option == known.end()) {
    return base::error(ErrorCode::kInvalidArgument, base::quote(name), " is no option of ",
                       kKinds[options.kind]);
  }
  if (const Expected expected = option->set(options, value)) {
    return base::error(ErrorCode::kInvalidArgument, name, " is ", base::quote(value), ", expected ",
                       expected);
  }
  return ok();
}

template <typename Options>
Result<Options> options_for(const sotto_options* options, sotto_options_kind kind,
                            Options sotto_options::*part) {
  if (options == nullptr) return Options{};
  if (options->kind == kind) return options->*part;
  return base::error(ErrorCode::kInvalidArgument, "the options are for ", kKinds[options->kind],
                     ", expected those for ", kKinds[kind]);
}

}  // namespace

Result<LoadOptions> load_options(const sotto_options* options) {
  return options_for(options, SOTTO_LOAD_OPTIONS, &sotto_options::load);
}
Result<SessionOptions> session_options(const sotto_options* options) {
  return options_for(options, SOTTO_SESSION_OPTIONS, &sotto_options::session);
}
Result<TranscribeOptions> transcribe_options(const sotto_options* options) {
  return options_for(options, SOTTO_TRANSCRIBE_OPTIONS, &sotto_options::transcribe);
}
Result<ConvertOptions> convert_options(const sotto_options* options) {
  return options_for(options, SOTTO_CONVERT_OPTIONS, &sotto_options::convert);
}

}  // namespace sotto::api

using sotto::api::attempt;
using sotto::api::check;

extern "C" {

sotto_options* sotto_options_new(sotto_options_kind kind) {
  if (sotto::api::options_of(kind).empty()) return nullptr;
  return sotto::api::make<sotto_options>(nullptr, [&]() -> sotto::Result<sotto_options*> {
    return new sotto_options{
        .kind = kind, .load = {}, .session = {}, .transcribe = {}, .convert = {}};
  });
}

void sotto_options_free(sotto_options* options) { delete options; }

sotto_code sotto_options_set(sotto_options* options, const char* name, const char* value,
                             sotto_error** error) {
  return attempt(error, [&]() -> sotto::Status {
    if (auto s = check({{"options", options}, {"name", name}, {"value", value}}); !s) return s;
    return sotto::api::set_option(*options, name, value);
  });
}

size_t sotto_options_count(sotto_options_kind kind) { return sotto::api::options_of(kind).size(); }

const char* sotto_options_name(sotto_options_kind kind, size_t index) {
  const auto options = sotto::api::options_of(kind);
  return index < options.size() ? options[index].name : "";
}

sotto_code sotto_options_on_log(sotto_options* options, sotto_log log, void* user,
                                sotto_error** error) {
  return attempt(error, [&]() -> sotto::Status {
    if (auto s = check({{"options", options}}); !s) return s;
    if (auto load = sotto::api::load_options(options); !load) return std::move(load).error();
    options->load.log = sotto::api::to_log(log, user);
    return sotto::ok();
  });
}

}  // extern "C"
