#include "lib/text/bpe.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <numeric>
#include <queue>
#include <tuple>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/quote.h"
#include "lib/text/pre_tokenizer.h"

namespace sotto::text {
namespace {

constexpr std::int32_t kNoRank = -1;

// A part of a piece, kept at the index of its first byte.
struct Part {
  std::size_t previous = 0;
  std::size_t next = 0;           // where the part ends and the next begins
  std::int32_t merged = kNoRank;  // rank of this part and the next together
};

struct Candidate {
  std::int32_t rank;
  std::size_t begin;
  bool operator>(const Candidate& other) const {
    return std::tie(rank, begin) > std::tie(other.rank, other.begin);
  }
};

// A token and its first bytes as a number, which sorts as they do; zeros where it has fewer.
struct Sorted {
  std::uint64_t first = 0;
  std::int32_t id = 0;
};
std::uint64_t first_bytes(std::string_view bytes) {
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < sizeof first; ++i) {
    first = first << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0);
  }
  return first;
}

// By counting, a byte after the other from the last on: a third of std::sort's time.
void sort_by_first(std::vector<Sorted>& tokens) {
  std::vector<Sorted> other(tokens.size());
  for (int shift = 0; shift < 64; shift += 8) {
    std::array<std::size_t, 257> place{};
    for (const Sorted& token : tokens) ++place[(token.first >> shift & 0xFF) + 1];
    std::partial_sum(place.begin(), place.end(), place.begin());
    for (const Sorted& token : tokens) other[place[token.first >> shift & 0xFF]++] = token;
    std::swap(tokens, other);
  }
}

}  // namespace

Result<Bpe> Bpe::create(std::string_view name, std::string text, std::vector<std::size_t> ends) {
  if (ends.size() > std::size_t{std::numeric_limits<std::int32_t>::max()}) {
    return base::error(ErrorCode::kUnsupported, name, ": ", ends.size(), " tokens");
  }
  Bpe bpe;
  bpe.text_ = std::move(text);
  bpe.ends_ = std::move(ends);
  // Most tokens differ in their first bytes: comparing these as a number is what makes it fast.
  std::vector<Sorted> sorted(bpe.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    sorted[i] = {first_bytes(bpe.bytes(id)), id};
    bpe.longest_ = std::max(bpe.longest_, bpe.bytes(id).size());
  }
  sort_by_first(sorted);
  for (auto begin = sorted.begin(); begin != sorted.end();) {  // those that begin alike
    const auto end = std::find_if(begin, sorted.end(),
                                  [&](const Sorted& token) { return token.first != begin->first; });
    std::sort(begin, end,
              [&](const Sorted& a, const Sorted& b) { return bpe.bytes(a.id) < bpe.bytes(b.id); });
    begin = end;
  }
  const auto twice = std::ranges::adjacent_find(sorted, [&](const Sorted& a, const Sorted& b) {
    return a.first == b.first && bpe.bytes(a.id) == bpe.bytes(b.id);
  });
  if (twice != sorted.end()) {
    return base::error(ErrorCode::kCorruptFile, name, ": tokens ", twice[0].id, " and ",
                       twice[1].id, " are the same, ", base::quote(bpe.bytes(twice->id)));
  }
  bpe.sorted_.resize(sorted.size());
  std::ranges::transform(sorted, bpe.sorted_.begin(), &Sorted::id);
  for (int byte = 0; byte < 256; ++byte) {
    const char one[] = {static_cast<char>(byte)};
    if (!bpe.rank({one, 1})) {
      return base::error(ErrorCode::kCorruptFile, name, ": no token for the byte ", byte);
    }
  }
  return bpe;
}

std::string_view Bpe::bytes(std::int32_t id) const noexcept {
  const auto index = static_cast<std::size_t>(id);
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(text_).substr(begin, ends_[index] - begin);
}

std::optional<std::int32_t> Bpe::rank(std::string_view bytes) const noexcept {
  if (bytes.size() > longest_) return std::nullopt;
  const auto at = std::ranges::lower_bound(sorted_, bytes, std::ranges::less{},
                                           [&](std::int32_t id) { return this->bytes(id); });
  if (at == sorted_.end() || this->bytes(*at) != bytes) return std::nullopt;
  return *at;
}

void Bpe::encode(std::string_view text, std::vector<std::int32_t>& ids) const {
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, first_piece(text));
    if (const auto whole = rank(piece)) {
      ids.push_back(*whole);
    } else {
      merge(piece, ids);
    }
    text.remove_prefix(piece.size());
  }
}

void Bpe::merge(std::string_view piece, std::vector<std::int32_t>& ids) const {
  const std::size_t end = piece.size();
  std::vector<Part> parts(end);
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> candidates;
  const auto look_at = [&](std::size_t begin) {
    Part& part = parts[begin];
    part.merged = kNoRank;
    if (part.next == end) return;
    part.merged = rank(piece.substr(begin, parts[part.next].next - begin)).value_or(kNoRank);
    if (part.merged != kNoRank) candidates.push({part.merged, begin});
  };
  for (std::size_t i = 0; i < end; ++i) {
    parts[i].previous = i == 0 ? 0 : i - 1;
    parts[i].next = i + 1;
  }
  for (std::size_t i = 0; i < end; ++i) look_at(i);

  while (!candidates.empty()) {
    const auto [rank, begin] = candidates.top();
    candidates.pop();
    Part& part = parts[begin];
    if (part.merged != rank) continue;  // one of the two has been merged with another since
    Part& eaten = parts[part.next];
    eaten.merged = kNoRank;
    part.next = eaten.next;
    if (part.next != end) parts[part.next].previous = begin;
    look_at(begin);
    if (begin != 0) look_at(part.previous);
  }
  for (std::size_t i = 0; i < end; i = parts[i].next) {
    ids.push_back(*rank(piece.substr(i, parts[i].next - i)));
  }
}

}  // namespace sotto::text
