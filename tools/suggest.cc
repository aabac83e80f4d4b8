#include "tools/suggest.h"

#include <algorithm>
#include <vector>

namespace sotto::tools {
namespace {

constexpr std::size_t kLongest = 256;  // nobody mistypes more, and the time is its square

std::string plain(std::string_view text) {
  std::string all;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    all.push_back(lower == '_' ? '-' : lower);
  }
  return all;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
  const std::size_t gap = std::max(a.size(), b.size()) - std::min(a.size(), b.size());
  if (gap > most) return most + 1;
  // Rows of the table: distances of a[0, i) from b[0, j), of this i and the two before it.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return std::min(row.back(), most + 1);
}

std::optional<std::string> nearest(std::string_view typed, std::span<const std::string> names) {
  if (typed.empty() || typed.size() > kLongest) return std::nullopt;
  const std::string wanted = plain(typed);
  // A third of the letters may be wrong: "en" for "de" is another word, not a slip.
  const std::size_t dashes = std::min(wanted.find_first_not_of('-'), wanted.size());
  std::size_t most = (wanted.size() - dashes + 1) / 3;
  std::optional<std::string> found;
  for (const std::string& name : names) {
    if (name == typed) return std::nullopt;
    if (name.size() > kLongest) continue;
    const std::size_t distance = edit_distance(wanted, plain(name), most);
    if (distance > most) continue;
    found = name;
    if (distance == 0) break;
    most = distance - 1;
  }
  return found;
}

std::string did_you_mean(std::string_view typed, std::span<const std::string> names) {
  const std::optional<std::string> name = nearest(typed, names);
  return name ? "; did you mean " + *name + "?" : "";
}

}  // namespace sotto::tools
