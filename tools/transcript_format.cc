#include "tools/transcript_format.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/subtitles.h"

namespace sotto::tools {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const std::vector<Word>& words) {
  ordered_json list = ordered_json::array();
  for (const Word& word : words) {
    list.push_back({{"word", word.text},
                    {"start", word.start_seconds},
                    {"end", word.end_seconds},
                    {"probability", word.probability}});
  }
  return list;
}

}  // namespace

ordered_json to_json(const Segment& segment, const ModelInfo& model) {
  ordered_json json = {{"start", segment.start_seconds},
                       {"end", segment.end_seconds},
                       {"text", segment.text},
                       {"tokens", segment.tokens},
                       {"truncated", segment.truncated}};
  if (model.architecture == "whisper") {
    json["token_probabilities"] = segment.token_probabilities;
    json["words"] = to_json(segment.words);
    json["language"] = segment.language;
    json["temperature"] = segment.temperature;
    json["avg_logprob"] = segment.avg_logprob;
    json["compression_ratio"] = segment.compression_ratio;
    json["no_speech_prob"] = segment.no_speech_prob;
    json["seek_seconds"] = segment.seek_seconds;
  }
  return json;
}

std::optional<double> real_time_factor(double total_seconds, double audio_seconds) {
  if (!(audio_seconds > 0)) return std::nullopt;
  return total_seconds / audio_seconds;
}

std::string format_factor(const std::optional<double>& factor) {
  if (!factor) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.4f", *factor);
  return text;
}

std::string format_time(double seconds) {
  const long long ms = to_milliseconds(seconds);
  char text[64];
  int begin = 0;
  if (ms >= 3'600'000) begin = std::snprintf(text, sizeof text, "%02lld:", ms / 3'600'000);
  std::snprintf(text + begin, sizeof text - static_cast<std::size_t>(begin), "%02lld:%02lld.%03lld",
                ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
  return text;
}

std::string format_segment(const Segment& segment) {
  std::string line = "[";
  line += format_time(segment.start_seconds) + " --> " + format_time(segment.end_seconds) + "] ";
  return line + segment.text;
}

std::string format_cut(const Segment& segment) {
  char text[160];
  std::snprintf(text, sizeof text, "cut short between %.2f s and %.2f s; words may be missing",
                segment.start_seconds, segment.end_seconds);
  return text;
}

ordered_json to_json(const Transcript& transcript, const ModelInfo& model) {
  const bool whisper = model.architecture == "whisper";
  ordered_json segments = ordered_json::array();
  for (const Segment& segment : transcript.segments) {
    segments.push_back(to_json(segment, model));
  }
  ordered_json json = {{"text", transcript.text}};
  if (whisper) {
    ordered_json probabilities = ordered_json::object();
    for (const auto& [language, probability] : transcript.language_probabilities) {
      probabilities[language] = probability;
    }
    json["language"] = transcript.language;
    json["language_probabilities"] = probabilities;
  }
  const std::optional<double> rtf =
      real_time_factor(transcript.total_seconds, transcript.audio_seconds);
  json["segments"] = segments;
  json["audio_seconds"] = transcript.audio_seconds;
  json["rtf"] = rtf ? ordered_json(*rtf) : ordered_json();
  json["encode_seconds"] = transcript.encode_seconds;
  json["decode_seconds"] = transcript.decode_seconds;
  json["total_seconds"] = transcript.total_seconds;
  return json;
}

std::string to_line(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace sotto::tools
