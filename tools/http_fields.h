// What the answers of HTTP servers say of a file: pure functions over hostile text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sotto::tools {

// The status and the fields of an answer.
struct HttpHead {
  int status = 0;
  std::string location;  // of a redirect: where to, made absolute; else empty
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case

  // The last value of a field, empty if it has none. `name` is in lower case.
  std::string_view field(std::string_view name) const;
};

// "Name: value" with its name in lower case and the blanks around the value gone; none if it is no
// such line.
std::optional<std::pair<std::string, std::string>> parse_field(std::string_view line);

// A number of bytes: digits and nothing else.
std::optional<std::uint64_t> parse_length(std::string_view text);

// "bytes 5-9/10", "bytes 5-9/*", and "bytes */10" of an answer 416.
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // before first: there is no range
  std::optional<std::uint64_t> total;
};
std::optional<ContentRange> parse_content_range(std::string_view text);

// The entity tag as it stands, if it is a strong one (RFC 9110, 8.8.3) of reasonable length: the
// only kind that names bytes.
std::optional<std::string> strong_etag(std::string_view text);

// The SHA-256, in lower case, that an entity tag of Hugging Face's big files is.
std::optional<std::string> sha256_of_etag(std::string_view text);

bool is_http_url(std::string_view url);
bool is_https_url(std::string_view url);

// A URL for people: without the user's name and password, query and fragment.
std::string shown_url(std::string_view url);

// Whether a file that begins so is a page for people: the answer of a login page or a portal.
bool looks_like_html(std::string_view beginning);
// ... or stands for a big file that git did not fetch.
bool is_lfs_pointer(std::string_view beginning);

}  // namespace sotto::tools
