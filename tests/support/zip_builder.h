// Zip archives of stored entries, as torch.save() writes them: contents aligned by an extra field,
// sizes in the list. With zip64 also the 64-bit forms of everything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/bytes.h"

namespace sotto::test {

class ZipBuilder {
 public:
  explicit ZipBuilder(bool zip64 = false) : zip64_(zip64) {}

  ZipBuilder& add(const std::string& name, const std::string& data) {
    constexpr std::size_t kAlignment = 64;
    const std::uint32_t header = static_cast<std::uint32_t>(file_.size());
    const auto size = static_cast<std::uint32_t>(data.size());
    const std::size_t begin = file_.size() + 30 + name.size() + 4;
    const std::string extra = padding((kAlignment - begin % kAlignment) % kAlignment);
    file_ += number(std::uint32_t{0x04034B50}) + fixed() + number(size) + number(size) +
             number(static_cast<std::uint16_t>(name.size())) +
             number(static_cast<std::uint16_t>(extra.size())) + name + extra + data;
    std::string wide;
    if (zip64_) {
      wide = number(std::uint16_t{1}) + number(std::uint16_t{24}) + number(std::uint64_t{size}) +
             number(std::uint64_t{size}) + number(std::uint64_t{header});
    }
    const std::uint32_t listed_size = zip64_ ? UINT32_MAX : size;
    list_ += number(std::uint32_t{0x02014B50}) + number(std::uint16_t{20}) + fixed() +
             number(listed_size) + number(listed_size) +
             number(static_cast<std::uint16_t>(name.size())) +
             number(static_cast<std::uint16_t>(wide.size())) + number(std::uint16_t{0}) +
             number(std::uint16_t{0}) + number(std::uint16_t{0}) + number(std::uint32_t{0}) +
             number(zip64_ ? UINT32_MAX : header) + name + wide;
    ++count_;
    return *this;
  }

  // Where the list of entries begins in str().
  std::size_t list() const { return file_.size(); }

  std::string str(const std::string& comment = "") const {
    const auto offset = static_cast<std::uint32_t>(file_.size());
    const auto size = static_cast<std::uint32_t>(list_.size());
    std::string all = file_ + list_;
    if (zip64_) {
      const std::uint64_t end64 = all.size();
      all += number(std::uint32_t{0x06064B50}) + number(std::uint64_t{44}) +
             number(std::uint16_t{45}) + number(std::uint16_t{45}) + number(std::uint32_t{0}) +
             number(std::uint32_t{0}) + number(std::uint64_t{count_}) +
             number(std::uint64_t{count_}) + number(std::uint64_t{size}) +
             number(std::uint64_t{offset});
      all += number(std::uint32_t{0x07064B50}) + number(std::uint32_t{0}) + number(end64) +
             number(std::uint32_t{1});
    }
    return all + number(std::uint32_t{0x06054B50}) + number(std::uint32_t{0}) + number(count_) +
           number(count_) + number(zip64_ ? UINT32_MAX : size) +
           number(zip64_ ? UINT32_MAX : offset) +
           number(static_cast<std::uint16_t>(comment.size())) + comment;
  }

 private:
  // Version, flags, method, time, date, checksum: nothing that is looked at.
  static std::string fixed() { return number(std::uint16_t{20}) + std::string(12, '\0'); }
  static std::string padding(std::size_t size) {
    return number(std::uint16_t{0x4246}) + number(static_cast<std::uint16_t>(size)) +
           std::string(size, 'Z');
  }

  bool zip64_;
  std::string file_;
  std::string list_;
  std::uint16_t count_ = 0;
};

}  // namespace sotto::test
