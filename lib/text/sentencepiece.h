// Moonshine's tokenizer: SentencePiece BPE with byte fallback, with the results of the reference
// (Hugging Face `tokenizers`) to the letter.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::text {

// Const functions may be called from several threads at once. Move-only; a moved-from object may
// only be destroyed or assigned to.
class SentencePiece {
 public:
  // The model is untrusted: it is checked as a whole before the library sees it.
  static Result<SentencePiece> load(std::string_view serialized_model_proto);

  SentencePiece(SentencePiece&&) noexcept;
  SentencePiece& operator=(SentencePiece&&) noexcept;
  ~SentencePiece();

  std::size_t size() const;  // pieces; ids are less than this

  // The ids of `text`, without <s> before them. Control and user-defined pieces that stand in the
  // text become their ids, the longest first; each stretch between them is encoded for itself, a
  // blank before it. An error where `text` is not UTF-8 or longer than 1 MiB.
  Result<std::vector<std::int32_t>> encode(std::string_view text) const;

  // The text of `ids`, always UTF-8: control and unknown pieces are left out, then the rest is
  // joined and one leading blank, the one that encode() puts there, is taken off. A run of byte
  // pieces that is not UTF-8 as a whole gives U+FFFD for each of its bytes. An error where an id
  // is not in [0, size()).
  Result<std::string> decode(std::span<const std::int32_t> ids) const;

 private:
  struct Impl;
  explicit SentencePiece(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace sotto::text
