// Byte-level byte-pair encoding by rank, with the results of tiktoken.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::text {

// The id of a token is its rank: of all neighbours whose bytes together are a token, those with the
// lowest rank are merged first, the leftmost first among equals. Immutable; any thread.
class Bpe {
 public:
  // The tokens in the order of ranks: their bytes one after the other, and where in them each ends.
  // They are untrusted: kCorruptFile, beginning with `name`, where two are the same or a byte has
  // none. An empty one is allowed; no text has it. Requires: `ends` ascends to text.size().
  static Result<Bpe> create(std::string_view name, std::string text, std::vector<std::size_t> ends);

  std::size_t size() const noexcept { return ends_.size(); }
  // Requires: 0 <= id < size().
  std::string_view bytes(std::int32_t id) const noexcept;

  // Appends the ids of `text`, cut by first_piece() (pre_tokenizer.h); their bytes are those of
  // `text`, whatever these are. Takes O(n log n) time for n bytes, also where they are one piece,
  // and memory for the longest piece.
  void encode(std::string_view text, std::vector<std::int32_t>& ids) const;

 private:
  Bpe() = default;
  std::optional<std::int32_t> rank(std::string_view bytes) const noexcept;
  void merge(std::string_view piece, std::vector<std::int32_t>& ids) const;

  std::string text_;                  // of all tokens
  std::vector<std::size_t> ends_;     // of each token in text_
  std::vector<std::int32_t> sorted_;  // ids by bytes: no choice of names makes a search slow
  std::size_t longest_ = 0;           // bytes
};

}  // namespace sotto::text
