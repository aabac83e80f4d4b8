#include "tools/plot_transcript.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

namespace sotto::tools {
namespace {

using nlohmann::json;

constexpr double kLongestSeconds = 1e7;  // four months
constexpr std::size_t kMaxTextBytes = 100'000;
constexpr std::size_t kMaxTranscripts = 100'000;

// Thrown inside this file alone.
struct Refusal {
  std::string reason;
};

std::string say(std::string_view first, std::string_view second, std::string_view third = "") {
  std::string all(first);
  return all.append(second).append(third);
}

// What was found instead, short enough for a message.
std::string quoted(const json& value) {
  if (value.is_structured()) return value.is_array() ? "an array" : "an object";
  const std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() <= 40 ? text : say(text.substr(0, 40), "...");
}

// A value of the document and where it is: "segments[3].start".
struct Place {
  const json& value;
  std::string path;

  [[noreturn]] void refuse(std::string_view expected) const {
    std::string reason = say(path.empty() ? "the transcript" : path, " is ", quoted(value));
    throw Refusal{reason.append(", expected ").append(expected)};
  }

  const json* find(const char* key) const {
    if (!value.is_object()) refuse("an object");
    const auto found = value.find(key);
    return found == value.end() || found->is_null() ? nullptr : &*found;
  }

  std::string path_of(const char* key) const { return say(path, path.empty() ? "" : ".", key); }

  Place at(const char* key) const {
    const json* const found = find(key);
    if (found == nullptr) throw Refusal{say("there is no ", path_of(key))};
    return {*found, path_of(key)};
  }

  std::optional<Place> maybe(const char* key) const {
    const json* const found = find(key);
    if (found == nullptr) return std::nullopt;
    return Place{*found, path_of(key)};
  }

  Place operator[](std::size_t index) const {
    return {value[index], say(path, "[", std::to_string(index)).append("]")};
  }

  double number(double least, double most, std::string_view expected) const {
    if (!value.is_number()) refuse(expected);
    const auto found = value.get<double>();
    if (!(found >= least && found <= most)) refuse(expected);
    return found;
  }

  double seconds() const { return number(0, kLongestSeconds, "seconds from 0 to 10000000"); }

  std::string text() const {
    if (!value.is_string()) refuse("a text");
    const auto& found = value.get_ref<const std::string&>();
    if (found.size() > kMaxTextBytes) {
      throw Refusal{say(path, " is longer than ", std::to_string(kMaxTextBytes)).append(" bytes")};
    }
    return found;
  }

  std::size_t array_size() const {
    if (!value.is_array()) refuse("an array");
    return value.size();
  }
};

Spoken parse_stretch(const Place& place, const char* text_key) {
  Spoken spoken;
  spoken.start_seconds = place.at("start").seconds();
  const Place end = place.at("end");
  spoken.end_seconds = end.seconds();
  if (spoken.end_seconds < spoken.start_seconds) {
    std::string reason = say(end.path, " is ", quoted(end.value));
    throw Refusal{reason.append(", before the start at ").append(quoted(place.at("start").value))};
  }
  spoken.text = place.at(text_key).text();
  return spoken;
}

class Parser {
 public:
  SpokenText parse(const Place& document) {
    SpokenText all;
    if (const auto model = document.maybe("model")) all.model = model->text();
    if (const auto language = document.maybe("language")) all.language = language->text();
    const Place segments = document.at("segments");
    const std::size_t count = segments.array_size();
    for (std::size_t i = 0; i < count; ++i) all.segments.push_back(parse_segment(segments[i]));
    return all;
  }

 private:
  void count_one(const Place& place) {
    if (++spoken_ <= kMaxSpoken) return;
    throw Refusal{
        say(place.path, ": more than ", std::to_string(kMaxSpoken)).append(" segments and words")};
  }

  SpokenSegment parse_segment(const Place& place) {
    count_one(place);
    SpokenSegment segment;
    segment.spoken = parse_stretch(place, "text");
    if (const auto mean = place.maybe("avg_logprob")) {
      const double value = mean->number(-1e9, 1e9, "a number");
      segment.spoken.probability = std::min(1.0, std::exp(value));
    }
    if (const auto cut = place.maybe("truncated")) {
      if (!cut->value.is_boolean()) cut->refuse("true or false");
      segment.truncated = cut->value.get<bool>();
    }
    if (const auto words = place.maybe("words")) {
      const std::size_t count = words->array_size();
      for (std::size_t i = 0; i < count; ++i) segment.words.push_back(parse_word((*words)[i]));
    }
    return segment;
  }

  Spoken parse_word(const Place& place) {
    count_one(place);
    Spoken word = parse_stretch(place, "word");
    if (const auto probability = place.maybe("probability")) {
      word.probability = probability->number(0, 1, "a number from 0 to 1");
    }
    return word;
  }

  std::size_t spoken_ = 0;
};

json parse_json(std::string_view text, const std::string& where) {
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    throw Refusal{say(where, "not JSON, from byte ", std::to_string(error.byte))};
  } catch (const json::exception&) {
    throw Refusal{say(where, "a number is out of range")};
  }
}

// All of the document, or where it is none, its lines.
std::vector<json> parse_documents(std::string_view text) {
  std::vector<json> all;
  const std::size_t first_end = std::min(text.find('\n'), text.size());
  const bool lines = text.find_first_not_of(" \t\r\n", first_end) != std::string_view::npos &&
                     json::accept(text.substr(0, first_end));
  if (!lines) {
    all.push_back(parse_json(text, ""));
    return all;
  }
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (all.size() == kMaxTranscripts) {
      throw Refusal{say("more than ", std::to_string(kMaxTranscripts), " transcripts")};
    }
    all.push_back(parse_json(line, say("line ", std::to_string(number), ": ")));
  }
  return all;
}

std::string file_of(const json& document) {
  if (!document.is_object()) return "";
  const auto file = document.find("file");
  return file != document.end() && file->is_string() ? file->get<std::string>() : "";
}

const json& choose(const std::vector<json>& documents, const std::string& sound) {
  if (documents.size() == 1) return documents.front();
  const std::filesystem::path wanted = std::filesystem::path(sound).filename();
  for (const bool whole : {true, false}) {
    const json* found = nullptr;
    for (const json& document : documents) {
      const std::string file = file_of(document);
      const bool same = whole ? file == sound : std::filesystem::path(file).filename() == wanted;
      if (!same) continue;
      if (found != nullptr) throw Refusal{say("has several transcripts of ", sound)};
      found = &document;
    }
    if (found != nullptr) return *found;
  }
  throw Refusal{
      say("has ", std::to_string(documents.size()), " transcripts, none of ").append(sound)};
}

}  // namespace

Result<SpokenText> parse_spoken(std::string_view text, const std::string& name,
                                const std::string& sound) {
  try {
    if (text.size() > kMaxTranscriptBytes) {
      throw Refusal{say("longer than ", std::to_string(kMaxTranscriptBytes), " bytes")};
    }
    const std::vector<json> documents = parse_documents(text);
    return Parser().parse({choose(documents, sound), ""});
  } catch (const Refusal& refusal) {
    return Error{ErrorCode::kCorruptFile, say(name, ": ", refusal.reason)};
  }
}

}  // namespace sotto::tools
