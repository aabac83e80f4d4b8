// Finds an item by its name in O(log n), also where the names were chosen to make hashing slow.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <optional>
#include <string_view>
#include <vector>

namespace sotto::format {

// Positions into a container of items with a `name`; the container must not change afterwards.
class NameIndex {
 public:
  // The position of an item whose name another one has too, or nothing if the names are unique.
  template <typename Items>
  std::optional<std::size_t> build(const Items& items) {
    const auto name_of = [&](std::size_t i) { return std::string_view(items[i].name); };
    order_.resize(items.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::sort(order_, std::ranges::less{}, name_of);
    const auto twice = std::ranges::adjacent_find(order_, std::ranges::equal_to{}, name_of);
    if (twice == order_.end()) return std::nullopt;
    return *twice;
  }

  template <typename Items>
  std::optional<std::size_t> find(const Items& items, std::string_view name) const noexcept {
    const auto name_of = [&](std::size_t i) { return std::string_view(items[i].name); };
    const auto at = std::ranges::lower_bound(order_, name, std::ranges::less{}, name_of);
    if (at == order_.end() || name_of(*at) != name) return std::nullopt;
    return *at;
  }

 private:
  std::vector<std::size_t> order_;
};

}  // namespace sotto::format
