// Zip archives as PyTorch writes them: entries that are stored, not compressed, so that their
// contents can be used where they lie in the file.
//
//   entry:    "PK\3\4", 26 bytes, name, extra field, contents
//   list:     per entry "PK\1\2", 42 bytes, name, extra field, comment
//   end:      [zip64 end "PK\6\6", its locator "PK\6\7"], "PK\5\6", 18 bytes, comment
//
// The list, which the end points to, is what counts. The specification is PKWARE's APPNOTE.TXT.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.h"
#include "lib/format/name_index.h"

namespace sotto::format {

struct ZipEntry {
  std::string_view name;
  std::span<const std::byte> data;
};

// Checked: names are unique, and the contents of every entry lie in the file, before the list and
// apart from each other. Their checksums are not looked at: PyTorch may be told not to write them.
// Borrows the bytes of the file; what it hands out points into them.
class Zip {
 public:
  // Errors: kCorruptFile; kUnsupported for entries that are compressed or encrypted.
  static Result<Zip> parse(std::string_view file, std::span<const std::byte> bytes);
  // Whether the bytes begin as an archive does.
  static bool recognises(std::span<const std::byte> bytes) noexcept;

  // In the order of the list.
  std::span<const ZipEntry> entries() const noexcept { return entries_; }
  const ZipEntry* find(std::string_view name) const noexcept;

 private:
  std::vector<ZipEntry> entries_;
  NameIndex index_;
};

}  // namespace sotto::format
