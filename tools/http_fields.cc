#include "tools/http_fields.h"

#include <algorithm>
#include <charconv>

#include "tools/text_parts.h"

namespace sotto::tools {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string all(text);
  for (char& c : all) c = lower(c);
  return all;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool begins_with(std::string_view text, std::string_view what) {
  return lower(text.substr(0, what.size())) == what;
}

}  // namespace

std::string_view HttpHead::field(std::string_view name) const {
  for (auto at = fields.rbegin(); at != fields.rend(); ++at) {
    if (at->first == name) return at->second;
  }
  return {};
}

std::optional<std::pair<std::string, std::string>> parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view name = line.substr(0, colon);
  if (name.find_first_of(" \t") != std::string_view::npos) return std::nullopt;
  return std::pair(lower(name), std::string(trim(line.substr(colon + 1))));
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!begins_with(text, kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  ContentRange range;
  if (const std::string_view total = text.substr(slash + 1); total != "*") {
    range.total = parse_length(total);
    if (!range.total) return std::nullopt;
  }
  const std::string_view bytes = text.substr(0, slash);
  if (bytes == "*") {
    range.first = 1;
    return range.total ? std::optional(range) : std::nullopt;
  }
  const std::size_t dash = bytes.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = parse_length(bytes.substr(0, dash));
  const auto last = parse_length(bytes.substr(dash + 1));
  if (!first || !last || *last < *first || (range.total && *last >= *range.total)) {
    return std::nullopt;
  }
  range.first = *first;
  range.last = *last;
  return range;
}

std::optional<std::string> strong_etag(std::string_view text) {
  constexpr std::size_t kMostBytes = 256;
  if (text.size() < 3 || text.size() > kMostBytes) return std::nullopt;
  if (text.front() != '"' || text.back() != '"') return std::nullopt;
  const auto allowed = [](char c) { return c > ' ' && c < '\x7F' && c != '"'; };
  if (!std::ranges::all_of(text.substr(1, text.size() - 2), allowed)) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> sha256_of_etag(std::string_view text) {
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  std::string digits = lower(text);
  constexpr std::size_t kDigits = 64;
  if (digits.size() != kDigits) return std::nullopt;
  if (digits.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
  return digits;
}

bool is_https_url(std::string_view url) { return begins_with(url, "https://"); }
bool is_http_url(std::string_view url) { return is_https_url(url) || begins_with(url, "http://"); }

std::string shown_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::string_view rest = url.substr(scheme + 3);
  const std::size_t path = std::min(rest.find('/'), rest.size());
  const std::size_t at = rest.substr(0, path).rfind('@');
  const std::string_view host = at == std::string_view::npos ? rest : rest.substr(at + 1);
  return concat({url.substr(0, scheme + 3), host});
}

bool looks_like_html(std::string_view beginning) {
  if (beginning.starts_with("\xEF\xBB\xBF")) beginning.remove_prefix(3);
  const std::string_view text = trim(beginning);
  return begins_with(text, "<!doctype") || begins_with(text, "<html") || begins_with(text, "<head");
}

bool is_lfs_pointer(std::string_view beginning) {
  return beginning.starts_with("version https://git-lfs.github.com/spec/");
}

}  // namespace sotto::tools
