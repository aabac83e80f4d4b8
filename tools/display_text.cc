#include "tools/display_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace sotto::tools {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

struct CodePoint {
  char32_t value = kReplacement;
  std::size_t bytes = 1;
};

// The code point that `text` begins with; the replacement, one byte long, where that is none.
// Requires: !text.empty().
CodePoint first_code_point(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  char32_t value = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80) return {};
    value = value << 6U | (next & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast[bytes] || value > 0x10FFFF || surrogate) return {};
  return {value, bytes};
}

struct CodeRange {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool is_in(const CodeRange (&ranges)[N], char32_t value) {
  const auto after = std::upper_bound(std::begin(ranges), std::end(ranges), value,
                                      [](char32_t v, const CodeRange& r) { return v < r.first; });
  return after != std::begin(ranges) && value <= std::prev(after)->last;
}

// Controls, directions of a line (a mark beside a letter turns none around and stays), the byte
// order mark, and what is no character.
bool is_dropped(char32_t value) {
  static constexpr CodeRange kDropped[] = {{0x0, 0x1F},      {0x7F, 0x9F},     {0x202A, 0x202E},
                                           {0x2066, 0x206F}, {0xFDD0, 0xFDEF}, {0xFEFF, 0xFEFF},
                                           {0xFFF9, 0xFFFB}, {0xFFFE, 0xFFFF}};
  return is_in(kDropped, value) || (value & 0xFFFEU) == 0xFFFE;
}

bool is_blank(char32_t value) {
  return value == '\t' || value == '\n' || value == '\r' || value == 0x85 || value == 0x2028 ||
         value == 0x2029;
}

// What has no place of its own but belongs to the character before it.
bool is_mark(char32_t value) {
  static constexpr CodeRange kMarks[] = {
      {0x300, 0x36F},    {0x483, 0x489},   {0x591, 0x5BD},   {0x5BF, 0x5BF},     {0x5C1, 0x5C2},
      {0x5C4, 0x5C5},    {0x5C7, 0x5C7},   {0x610, 0x61A},   {0x64B, 0x65F},     {0x670, 0x670},
      {0x6D6, 0x6DC},    {0x6DF, 0x6E4},   {0x6E7, 0x6E8},   {0x6EA, 0x6ED},     {0x711, 0x711},
      {0x730, 0x74A},    {0x7A6, 0x7B0},   {0x900, 0x903},   {0x93A, 0x93C},     {0x93E, 0x94F},
      {0x951, 0x957},    {0x962, 0x963},   {0x981, 0x983},   {0x9BC, 0x9BC},     {0x9BE, 0x9CD},
      {0x9D7, 0x9D7},    {0xA01, 0xA03},   {0xA3C, 0xA51},   {0xA81, 0xA83},     {0xABC, 0xABC},
      {0xABE, 0xACD},    {0xB01, 0xB03},   {0xB3C, 0xB3C},   {0xB3E, 0xB57},     {0xB82, 0xB82},
      {0xBBE, 0xBCD},    {0xBD7, 0xBD7},   {0xC00, 0xC04},   {0xC3E, 0xC56},     {0xC81, 0xC83},
      {0xCBC, 0xCBC},    {0xCBE, 0xCD6},   {0xD00, 0xD03},   {0xD3B, 0xD3C},     {0xD3E, 0xD4D},
      {0xD57, 0xD57},    {0xDCA, 0xDDF},   {0xE31, 0xE31},   {0xE33, 0xE3A},     {0xE47, 0xE4E},
      {0xEB1, 0xEB1},    {0xEB3, 0xEBC},   {0xEC8, 0xECE},   {0xF71, 0xF84},     {0x102B, 0x103E},
      {0x1160, 0x11FF},  {0x135D, 0x135F}, {0x17B4, 0x17D3}, {0x1AB0, 0x1ACE},   {0x1DC0, 0x1DFF},
      {0x200B, 0x200F},  {0x2060, 0x2064}, {0x20D0, 0x20F0}, {0x302A, 0x302F},   {0x3099, 0x309A},
      {0xA8E0, 0xA8F1},  {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0x1F3FB, 0x1F3FF}, {0xE0020, 0xE007F},
      {0xE0100, 0xE01EF}};
  return is_in(kMarks, value);
}

constexpr char32_t kJoiner = 0x200D;

bool is_flag_letter(char32_t value) { return value >= 0x1F1E6 && value <= 0x1F1FF; }

// As wide as high: East Asian, and emoji.
bool is_wide(char32_t value) {
  static constexpr CodeRange kWide[] = {
      {0x1100, 0x115F},   {0x231A, 0x231B},  {0x23E9, 0x23F3}, {0x2600, 0x27BF}, {0x2B1B, 0x2B55},
      {0x2E80, 0x303E},   {0x3041, 0x33FF},  {0x3400, 0x4DBF}, {0x4E00, 0xA4CF}, {0xA960, 0xA97F},
      {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},  {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6},
      {0x1F000, 0x1FAFF}, {0x20000, 0x3FFFD}};
  return is_in(kWide, value);
}

// Of one in the size of the font, generously: text that is narrower than thought looks better than
// text over text.
double character_width(std::string_view character) {
  const char32_t value = first_code_point(character).value;
  if (value >= 0x80) return is_wide(value) ? 1.25 : is_mark(value) ? 0.0 : 0.65;
  constexpr std::string_view kNarrow = " !',.:;|Iijl()[]ft`";
  constexpr std::string_view kBroad = "MWmw%@";
  const char c = static_cast<char>(value);
  if (kNarrow.find(c) != std::string_view::npos) return 0.36;
  if (kBroad.find(c) != std::string_view::npos) return 0.95;
  return c >= 'A' && c <= 'Z' ? 0.7 : 0.6;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// How many bytes of `text`, whole characters, are no wider than `width`.
std::size_t fitting(std::string_view text, double width, double font_size) {
  double used = 0;
  std::size_t bytes = 0;
  for (const std::string_view character : characters(text)) {
    used += character_width(character) * font_size;
    if (used > width) break;
    bytes += character.size();
  }
  return bytes;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string all;
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    const bool valid = point.value != kReplacement || point.bytes == 3;
    if (is_blank(point.value)) {
      all.push_back(' ');
    } else if (!valid) {
      all.append("\xEF\xBF\xBD");
    } else if (!is_dropped(point.value)) {
      all.append(text.substr(0, point.bytes));
    }
    text.remove_prefix(point.bytes);
  }
  return all;
}

std::string xml_text(std::string_view text) {
  std::string all;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': all.append("&amp;"); break;
      case '<': all.append("&lt;"); break;
      case '>': all.append("&gt;"); break;
      case '"': all.append("&quot;"); break;
      case '\'': all.append("&#39;"); break;
      default: all.push_back(c);
    }
  }
  return all;
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> all;
  std::size_t begin = 0;
  bool joined = false;     // by a joiner to what comes
  bool half_flag = false;  // one of the two letters of a flag is there
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = first_code_point(text.substr(at));
    const bool flag = is_flag_letter(point.value);
    const bool same = at > begin && (is_mark(point.value) || joined || (flag && half_flag));
    if (!same && at > begin) {
      all.push_back(text.substr(begin, at - begin));
      begin = at;
    }
    joined = point.value == kJoiner;
    half_flag = flag && !(same && half_flag);
    at += point.bytes;
  }
  if (begin < text.size()) all.push_back(text.substr(begin));
  return all;
}

double text_width(std::string_view text, double font_size) {
  double width = 0;
  for (const std::string_view character : characters(text)) width += character_width(character);
  return width * font_size;
}

std::string shorten(std::string_view text, double width, double font_size) {
  if (text_width(text, font_size) <= width) return std::string(text);
  const std::size_t bytes = fitting(text, width - 0.9 * font_size, font_size);
  if (bytes == 0) return {};
  std::string all(trim(text.substr(0, bytes)));
  return all.append(kEllipsis);
}

std::vector<std::string> wrap(std::string_view text, double width, double font_size,
                              std::size_t most_lines) {
  std::vector<std::string> lines;
  for (text = trim(text); !text.empty() && lines.size() < most_lines; text = trim(text)) {
    if (lines.size() + 1 == most_lines) {
      lines.push_back(shorten(text, width, font_size));
      if (lines.back().empty()) lines.pop_back();
      break;
    }
    std::size_t bytes = fitting(text, width, font_size);
    if (bytes == 0) break;
    if (bytes < text.size() && text[bytes] != ' ') {
      const std::size_t blank = text.substr(0, bytes).find_last_of(' ');
      if (blank != std::string_view::npos) bytes = blank;
    }
    lines.emplace_back(trim(text.substr(0, bytes)));
    text.remove_prefix(bytes);
  }
  return lines;
}

}  // namespace sotto::tools
