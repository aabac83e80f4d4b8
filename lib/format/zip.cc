#include "lib/format/zip.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>

#include "lib/base/checked.h"
#include "lib/base/quote.h"
#include "lib/format/cursor.h"

namespace sotto::format {
namespace {

using base::error;
using base::quote;

// The marks, as the little-endian numbers they are read as, and the sizes of the fixed parts.
constexpr std::uint32_t kEntry = 0x04034B50;
constexpr std::uint32_t kListed = 0x02014B50;
constexpr std::uint32_t kEnd = 0x06054B50;
constexpr std::uint32_t kEnd64 = 0x06064B50;
constexpr std::uint32_t kLocator = 0x07064B50;
constexpr std::size_t kEntryBytes = 30;
constexpr std::size_t kListedBytes = 46;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kEnd64Bytes = 56;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::uint16_t kZip64 = 1;  // the extra field with sizes of 64 bits
constexpr std::uint16_t kEncrypted = 1;
constexpr std::uint16_t kStored = 0;

template <typename T>
constexpr T kElsewhere = std::numeric_limits<T>::max();  // the value is in a zip64 record

// A field of a part whose fixed bytes are known to be there.
template <typename T>
T field(std::span<const std::byte> bytes, std::size_t offset) noexcept {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

// Where the list of entries is.
struct List {
  std::uint64_t count = 0, size = 0, offset = 0;
};

// An entry as the list has it.
struct Listed {
  std::string_view name;
  std::uint64_t size = 0, header = 0;
  std::uint64_t data = 0;  // where the contents begin
};

class Reader {
 public:
  Reader(std::string_view file, std::span<const std::byte> bytes) : file_(file), bytes_(bytes) {}

  Result<std::vector<ZipEntry>> read() {
    Result<List> list = find_list();
    if (!list) return std::move(list).error();
    Result<std::vector<Listed>> listed = read_list(*list);
    if (!listed) return std::move(listed).error();
    for (Listed& entry : *listed) {
      if (Status found = find_data(entry, list->offset); !found) return std::move(found).error();
    }
    if (Status apart = check_apart(*listed); !apart) return std::move(apart).error();
    std::vector<ZipEntry> entries;
    for (const Listed& entry : *listed) {
      entries.push_back({entry.name, bytes_.subspan(static_cast<std::size_t>(entry.data),
                                                    static_cast<std::size_t>(entry.size))});
    }
    return entries;
  }

 private:
  template <typename... What>
  Error corrupt(const What&... what) const {
    return error(ErrorCode::kCorruptFile, file_, ": ", what...);
  }

  // The end is the last thing in the file but for a comment, whose length it gives.
  Result<std::size_t> find_end() const {
    constexpr std::size_t kMostComment = std::numeric_limits<std::uint16_t>::max();
    for (std::size_t comment = 0; comment <= kMostComment; ++comment) {
      if (bytes_.size() < kEndBytes + comment) break;
      const std::size_t at = bytes_.size() - kEndBytes - comment;
      const auto end = bytes_.subspan(at);
      if (field<std::uint32_t>(end, 0) == kEnd && field<std::uint16_t>(end, 20) == comment) {
        return at;
      }
    }
    return corrupt("truncated, or no zip archive: there is no end of the list of entries");
  }

  Result<List> find_list() const {
    const Result<std::size_t> at = find_end();
    if (!at) return at.error();
    const auto end = bytes_.subspan(*at);
    if (field<std::uint16_t>(end, 4) != 0 || field<std::uint16_t>(end, 6) != 0) {
      return error(ErrorCode::kUnsupported, file_, ": is one disk of several, expected one file");
    }
    List list{field<std::uint16_t>(end, 10), field<std::uint32_t>(end, 12),
              field<std::uint32_t>(end, 16)};
    std::uint64_t list_end = *at;
    if (*at >= kLocatorBytes &&
        field<std::uint32_t>(bytes_.subspan(*at - kLocatorBytes), 0) == kLocator) {
      const auto offset = field<std::uint64_t>(bytes_.subspan(*at - kLocatorBytes), 8);
      if (*at - kLocatorBytes < kEnd64Bytes || offset > *at - kLocatorBytes - kEnd64Bytes) {
        return corrupt("the zip64 end at byte ", offset, " goes past its locator");
      }
      const auto end64 = bytes_.subspan(static_cast<std::size_t>(offset));
      if (field<std::uint32_t>(end64, 0) != kEnd64) {
        return corrupt("there is no zip64 end at byte ", offset);
      }
      list = {field<std::uint64_t>(end64, 32), field<std::uint64_t>(end64, 40),
              field<std::uint64_t>(end64, 48)};
      list_end = offset;
    }
    if (list.offset > list_end || list.size > list_end - list.offset) {
      return corrupt("the list of entries, ", list.size, " bytes from byte ", list.offset,
                     ", goes past byte ", list_end);
    }
    if (list.count > list.size / kListedBytes) {
      return corrupt("a list of ", list.size, " bytes cannot hold ", list.count, " entries");
    }
    return list;
  }

  Result<std::vector<Listed>> read_list(const List& list) const {
    Cursor in(file_, bytes_.subspan(static_cast<std::size_t>(list.offset),
                                    static_cast<std::size_t>(list.size)));
    std::vector<Listed> all;
    for (std::uint64_t i = 0; i < list.count; ++i) {
      std::span<const std::byte> fixed;
      if (!in.take(kListedBytes, fixed)) return past_list(i);
      if (field<std::uint32_t>(fixed, 0) != kListed) {
        return corrupt("entry ", i, " of the list does not begin with its mark");
      }
      Listed entry;
      std::span<const std::byte> extra, comment;
      if (!in.take(field<std::uint16_t>(fixed, 28), entry.name) ||
          !in.take(field<std::uint16_t>(fixed, 30), extra) ||
          !in.take(field<std::uint16_t>(fixed, 32), comment)) {
        return past_list(i);
      }
      const auto flags = field<std::uint16_t>(fixed, 8);
      const auto method = field<std::uint16_t>(fixed, 10);
      if ((flags & kEncrypted) != 0 || method != kStored) {
        return error(ErrorCode::kUnsupported, file_, ": entry ", quote(entry.name), " is ",
                     (flags & kEncrypted) != 0 ? std::string("encrypted")
                                               : base::concat("compressed by method ", method),
                     ", expected stored");
      }
      std::uint64_t packed = field<std::uint32_t>(fixed, 20);
      entry.size = field<std::uint32_t>(fixed, 24);
      entry.header = field<std::uint32_t>(fixed, 42);
      if (!read_zip64(extra, {&entry.size, &packed, &entry.header})) {
        return corrupt("entry ", quote(entry.name), " lacks its sizes of 64 bits");
      }
      if (packed != entry.size) {
        return corrupt("entry ", quote(entry.name), " has ", entry.size, " bytes, stored as ",
                       packed);
      }
      all.push_back(entry);
    }
    return all;
  }

  Error past_list(std::uint64_t i) const {
    return corrupt("entry ", i, " of the list goes on past the end of the list");
  }

  // Those of the values that do not fit in 32 bits follow one another in an extra field.
  static bool read_zip64(std::span<const std::byte> extra,
                         std::initializer_list<std::uint64_t*> values) {
    Cursor in("", extra);
    std::span<const std::byte> large;
    std::uint16_t id = 0, size = 0;
    while (in.read(id) && in.read(size)) {
      std::span<const std::byte> contents;
      if (!in.take(size, contents)) break;
      if (id == kZip64) {
        large = contents;
        break;
      }
    }
    Cursor wide("", large);
    for (std::uint64_t* value : values) {
      if (*value == kElsewhere<std::uint32_t> && !wide.read(*value)) return false;
    }
    return true;
  }

  // The contents follow the entry's own header, whose name and extra field have their own lengths.
  Status find_data(Listed& entry, std::uint64_t list_offset) const {
    if (list_offset < kEntryBytes || entry.header > list_offset - kEntryBytes) {
      return corrupt("entry ", quote(entry.name), " at byte ", entry.header,
                     " is not before the list of entries at byte ", list_offset);
    }
    const auto header = bytes_.subspan(static_cast<std::size_t>(entry.header));
    const auto name_size = field<std::uint16_t>(header, 26);
    entry.data = entry.header + kEntryBytes + name_size + field<std::uint16_t>(header, 28);
    const bool named = field<std::uint32_t>(header, 0) == kEntry &&
                       name_size == entry.name.size() && entry.data <= list_offset &&
                       std::memcmp(header.data() + kEntryBytes, entry.name.data(), name_size) == 0;
    if (!named) {
      return corrupt("there is no entry ", quote(entry.name), " at byte ", entry.header);
    }
    if (entry.size > list_offset - entry.data) {
      return corrupt("entry ", quote(entry.name), " has ", entry.size, " bytes from byte ",
                     entry.data, ", past the list of entries at byte ", list_offset);
    }
    return ok();
  }

  Status check_apart(const std::vector<Listed>& entries) const {
    std::vector<std::size_t> order(entries.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return entries[i].header; });
    std::uint64_t position = 0;
    for (const std::size_t i : order) {
      if (entries[i].header < position) {
        return corrupt("entry ", quote(entries[i].name), " at byte ", entries[i].header,
                       " overlaps the one before it, which ends at byte ", position);
      }
      position = entries[i].data + entries[i].size;
    }
    return ok();
  }

  std::string_view file_;
  std::span<const std::byte> bytes_;
};

}  // namespace

bool Zip::recognises(std::span<const std::byte> bytes) noexcept {
  return bytes.size() >= sizeof(kEntry) && field<std::uint32_t>(bytes, 0) == kEntry;
}

Result<Zip> Zip::parse(std::string_view file, std::span<const std::byte> bytes) {
  Result<std::vector<ZipEntry>> entries = Reader(file, bytes).read();
  if (!entries) return std::move(entries).error();
  Zip zip;
  zip.entries_ = *std::move(entries);
  if (const auto twice = zip.index_.build(zip.entries_)) {
    return error(ErrorCode::kCorruptFile, file, ": entry ", quote(zip.entries_[*twice].name),
                 " occurs twice");
  }
  return Result<Zip>(std::move(zip));
}

const ZipEntry* Zip::find(std::string_view name) const noexcept {
  const auto at = index_.find(entries_, name);
  return at ? &entries_[*at] : nullptr;
}

}  // namespace sotto::format
