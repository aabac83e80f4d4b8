#include "lib/decode/compression.h"

#include <zlib.h>

#include <vector>

namespace sotto::decode {

double compression_ratio(std::string_view text) {
  std::vector<Bytef> stream(compressBound(text.size()));
  uLongf size = stream.size();
  const auto* bytes = reinterpret_cast<const Bytef*>(text.data());
  if (compress(stream.data(), &size, bytes, text.size()) != Z_OK) return 0;
  return static_cast<double>(text.size()) / static_cast<double>(size);
}

}  // namespace sotto::decode
