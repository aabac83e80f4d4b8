#include "tools/manifest.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

namespace sotto::tools {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Takes the first line off `rest`, without its end.
std::string_view next_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::size_t count_fields(std::string_view line) {
  return static_cast<std::size_t>(std::count(line.begin(), line.end(), '\t')) + 1;
}

// Requires: index < count_fields(line).
std::string_view field(std::string_view line, std::size_t index) {
  for (; index > 0; --index) line.remove_prefix(line.find('\t') + 1);
  return line.substr(0, line.find('\t'));
}

Result<std::size_t> find_column(std::string_view header, std::string_view column,
                                const std::string& name) {
  const std::size_t columns = count_fields(header);
  std::size_t found = columns;
  for (std::size_t i = 0; i < columns; ++i) {
    if (field(header, i) != column) continue;
    if (found != columns) {
      return Error{ErrorCode::kCorruptFile,
                   name + ":1: two columns are named \"" + std::string(column) + "\""};
    }
    found = i;
  }
  if (found == columns) {
    return Error{ErrorCode::kCorruptFile, name + ":1: none of the " + std::to_string(columns) +
                                              " columns is named \"" + std::string(column) + "\""};
  }
  return found;
}

// A path that is printed must not steer a terminal, and a NUL would cut it.
bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

Result<std::vector<Clip>> parse_manifest(std::string_view contents, const std::string& name,
                                         const std::filesystem::path& folder) {
  std::string_view rest = contents;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  const std::string_view header = next_line(rest);
  constexpr std::size_t kMaxColumns = 1000;  // fields are searched for from the line's start
  const std::size_t columns = count_fields(header);
  if (columns > kMaxColumns) {
    return Error{ErrorCode::kCorruptFile, name + ":1: " + std::to_string(columns) +
                                              " columns, expected at most " +
                                              std::to_string(kMaxColumns)};
  }
  const Result<std::size_t> path_column = find_column(header, "path", name);
  if (!path_column) return path_column.error();
  const Result<std::size_t> text_column = find_column(header, "text", name);
  if (!text_column) return text_column.error();

  std::vector<Clip> clips;
  for (std::size_t number = 2; !rest.empty(); ++number) {
    const std::string_view line = next_line(rest);
    if (line.empty()) continue;
    const auto corrupt = [&](const std::string& reason) {
      return Error{ErrorCode::kCorruptFile, name + ":" + std::to_string(number) + ": " + reason};
    };
    const std::size_t fields = count_fields(line);
    if (fields != columns) {
      return corrupt(std::to_string(fields) + " columns, expected " + std::to_string(columns) +
                     " as in line 1");
    }
    if (clips.size() == kMaxClips) {
      return corrupt("more than " + std::to_string(kMaxClips) + " clips");
    }
    const std::string_view path = field(line, *path_column);
    if (path.empty()) return corrupt("the path is empty");
    if (has_control(path)) return corrupt("the path holds a control character");
    Clip clip;
    clip.path = path;
    clip.file = folder / std::filesystem::path(clip.path);  // an absolute one stays itself
    clip.text = field(line, *text_column);
    clips.push_back(std::move(clip));
  }
  if (clips.empty()) {
    return Error{ErrorCode::kCorruptFile, name + ": no clips after the line of column names"};
  }
  return clips;
}

Result<std::vector<Clip>> read_manifest(const std::filesystem::path& file) {
  const std::string name = file.string();
  const auto close = [](std::FILE* open) { std::fclose(open); };
  const std::unique_ptr<std::FILE, decltype(close)> stream(std::fopen(name.c_str(), "rb"), close);
  if (!stream) return Error{ErrorCode::kIo, name + ": cannot be opened"};
  // By blocks: neither a pipe nor a device says how long it is.
  std::string contents;
  char block[1 << 16];
  while (const std::size_t n = std::fread(block, 1, sizeof block, stream.get())) {
    contents.append(block, n);
    if (contents.size() > kMaxManifestBytes) {
      return Error{ErrorCode::kCorruptFile,
                   name + ": longer than " + std::to_string(kMaxManifestBytes) + " bytes"};
    }
  }
  if (std::ferror(stream.get()) != 0) return Error{ErrorCode::kIo, name + ": cannot be read"};
  return parse_manifest(contents, name, file.parent_path());
}

}  // namespace sotto::tools
