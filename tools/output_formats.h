// Transcripts as the contents of files: text, subtitles, tables, lyrics. JSON is in
// transcript_format.h. All are UTF-8 with '\n' at every line's end.
#pragma once

#include <sotto/sotto.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "tools/subtitles.h"

namespace sotto::tools {

enum class Format { kTxt, kSrt, kVtt, kTsv, kCsv, kLrc, kJson, kJsonl };

// "srt", which is the file's ending, too.
std::string_view name_of(Format format);

// "srt,json" or "all"; each once, in the order of Format. Throws CLI::ValidationError, about
// `option`, for what is no format.
std::vector<Format> parse_formats(const std::string& option, std::string_view list);

// A segment a line.
std::string to_txt(const Transcript& transcript);

// SubRip. It has no way to say that a character is one of the text: where "<" or "{" would begin a
// tag, or the text would read as a line of times, an invisible word joiner (U+2060) keeps it text.
std::string to_srt(const Transcript& transcript, const CueOptions& options);

// WebVTT; &, < and > are written as it says.
std::string to_vtt(const Transcript& transcript, const CueOptions& options);

// "start\tend\ttext", milliseconds; in the text \t, \n, \r and \\ stand for what would break a row.
std::string to_tsv(const Transcript& transcript);

// "start,end,text", milliseconds; the text in quotes, those in it doubled (RFC 4180).
std::string to_csv(const Transcript& transcript);

// "[01:02.34]text"; a text of several lines has its time on each. What would read as a time in the
// text is kept text as in to_srt().
std::string to_lrc(const Transcript& transcript);

}  // namespace sotto::tools
