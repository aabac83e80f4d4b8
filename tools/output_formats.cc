#include "tools/output_formats.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <utility>

#include "tools/transcript_format.h"

namespace sotto::tools {
namespace {

constexpr std::array<std::string_view, 8> kNames = {"txt", "srt", "vtt",  "tsv",
                                                    "csv", "lrc", "json", "jsonl"};
constexpr std::string_view kJoiner = "\xE2\x81\xA0";  // U+2060

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Without the control characters, which players cannot show: U+FFFD stands for each.
std::string without_controls(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if ((code < 0x20 && c != '\n' && c != '\t') || code == 0x7F) {
      clean += "\xEF\xBF\xBD";
    } else {
      clean += c;
    }
  }
  return clean;
}

// "00:01:02,345"
std::string clock(long long ms, char point) {
  char text[64];
  std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld%c%03lld", ms / 3'600'000, ms / 60'000 % 60,
                ms / 1000 % 60, point, ms % 1000);
  return text;
}

std::string escape_srt(std::string_view text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text.substr(i, 3) == "-->") {
      // Only between numbers is it a line of times.
      const std::size_t before = text.find_last_not_of(" \t", i == 0 ? 0 : i - 1);
      const std::size_t after = text.find_first_not_of(" \t", i + 3);
      const bool times = i > 0 && before != std::string_view::npos && is_digit(text[before]) &&
                         after != std::string_view::npos && is_digit(text[after]);
      escaped += "--";
      if (times) escaped += kJoiner;
      escaped += '>';
      i += 2;
      continue;
    }
    escaped += text[i];
    const bool tag = text[i] == '<' && (is_letter(next) || next == '/');
    const bool style = text[i] == '{' && next == '\\';
    if (tag || style) escaped += kJoiner;
  }
  return escaped;
}

std::string escape_vtt(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string join(const Cue& cue, std::string (*escape)(std::string_view)) {
  std::string text;
  std::string plain;  // what stands together is escaped together
  const auto add_plain = [&] { text += escape(without_controls(std::exchange(plain, {}))); };
  for (const CueText& part : cue.parts) {
    if (!part.underlined) {
      plain += part.text;
      continue;
    }
    add_plain();
    text.append("<u>").append(escape(without_controls(part.text))).append("</u>");
  }
  add_plain();
  return text;
}

std::string escape_tsv(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '\t': escaped += "\\t"; break;
      case '\n': escaped += "\\n"; break;
      case '\r': escaped += "\\r"; break;
      case '\\': escaped += "\\\\"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string quote_csv(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

// "[" at the text's begin would be another time of the line, "<" anywhere the time of a word.
std::string escape_lrc(std::string_view line) {
  std::string escaped;
  for (std::size_t i = 0; i < line.size(); ++i) {
    escaped += line[i];
    const bool bracket = line[i] == '[' || line[i] == '<';
    if (bracket && i + 1 < line.size() && is_digit(line[i + 1])) escaped += kJoiner;
  }
  return escaped;
}

}  // namespace

std::string_view name_of(Format format) { return kNames[static_cast<std::size_t>(format)]; }

std::vector<Format> parse_formats(const std::string& option, std::string_view list) {
  std::set<Format> formats;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string word =
        CLI::detail::to_lower(CLI::detail::trim_copy(std::string(list.substr(begin, end - begin))));
    const auto found = std::ranges::find(kNames, word);
    if (word == "all") {
      for (std::size_t i = 0; i < kNames.size(); ++i) formats.insert(static_cast<Format>(i));
    } else if (found != kNames.end()) {
      formats.insert(static_cast<Format>(found - kNames.begin()));
    } else {
      std::string all;
      for (const std::string_view name : kNames) all.append(name).append(", ");
      throw CLI::ValidationError(
          option, "is \"" + word + "\", expected some of " + all + "with commas between, or all");
    }
    begin = end + 1;
  }
  return {formats.begin(), formats.end()};
}

std::string to_txt(const Transcript& transcript) {
  std::string text;
  for (const Segment& segment : transcript.segments) text.append(segment.text).append("\n");
  return text;
}

std::string to_srt(const Transcript& transcript, const CueOptions& options) {
  std::string text;
  std::size_t number = 0;
  for (const Cue& cue : make_cues(transcript, options)) {
    text.append(std::to_string(++number)).append("\n");
    text.append(clock(cue.start_ms, ',')).append(" --> ").append(clock(cue.end_ms, ','));
    text.append("\n").append(join(cue, escape_srt)).append("\n\n");
  }
  return text;
}

std::string to_vtt(const Transcript& transcript, const CueOptions& options) {
  std::string text = "WEBVTT\n\n";
  for (const Cue& cue : make_cues(transcript, options)) {
    text.append(clock(cue.start_ms, '.')).append(" --> ").append(clock(cue.end_ms, '.'));
    text.append("\n").append(join(cue, escape_vtt)).append("\n\n");
  }
  return text;
}

std::string to_tsv(const Transcript& transcript) {
  std::string text = "start\tend\ttext\n";
  for (const Segment& segment : transcript.segments) {
    text.append(std::to_string(to_milliseconds(segment.start_seconds))).append("\t");
    text.append(std::to_string(to_milliseconds(segment.end_seconds))).append("\t");
    text.append(escape_tsv(segment.text)).append("\n");
  }
  return text;
}

std::string to_csv(const Transcript& transcript) {
  std::string text = "start,end,text\n";
  for (const Segment& segment : transcript.segments) {
    text.append(std::to_string(to_milliseconds(segment.start_seconds))).append(",");
    text.append(std::to_string(to_milliseconds(segment.end_seconds))).append(",");
    text.append(quote_csv(segment.text)).append("\n");
  }
  return text;
}

std::string to_lrc(const Transcript& transcript) {
  std::string text = "[re:sotto]\n";
  for (const Cue& cue : make_cues(transcript, {})) {
    const long long hundredths = (cue.start_ms + 5) / 10;
    char time[64];
    std::snprintf(time, sizeof time, "[%02lld:%02lld.%02lld]", hundredths / 6000,
                  hundredths / 100 % 60, hundredths % 100);
    const std::string lines = without_controls(cue.parts.front().text);
    for (std::size_t begin = 0; begin <= lines.size();) {
      const std::size_t end = std::min(lines.find('\n', begin), lines.size());
      const std::string_view line = std::string_view(lines).substr(begin, end - begin);
      text.append(time).append(escape_lrc(line)).append("\n");
      begin = end + 1;
    }
  }
  return text;
}

}  // namespace sotto::tools
