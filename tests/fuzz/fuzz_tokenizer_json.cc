// Any bytes as a tokenizer.json, and as the SentencePiece model that one becomes. Needs lib/text,
// libsentencepiece.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "lib/text/sentencepiece.h"
#include "lib/text/tokenizer_json.h"
#include "lib/text/utf8.h"

namespace {

void use(std::string_view model, bool must_load) {
  using sotto::text::SentencePiece;
  const auto pieces = SentencePiece::load(model);
  if (must_load && !pieces) std::abort();
  if (!pieces) return;
  const auto ids = pieces->encode("a <s> one two\t\xE2\x99\xAA");
  if (!ids || !pieces->decode(*ids)) std::abort();
  std::vector<std::int32_t> all(pieces->size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i);
  const auto text = pieces->decode(all);
  if (!text || !sotto::text::is_utf8(*text)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto model = sotto::text::sentencepiece_from_tokenizer_json(input, "fuzz");
  if (model) use(*model, true);
  use(input, false);
  return 0;
}
