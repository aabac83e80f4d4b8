#include "lib/decode/compression.h"

#include <zlib.h>

#include <array>

namespace sotto::decode {

void Compression::End::operator()(z_stream_s* stream) const noexcept {
  deflateEnd(stream);
  delete stream;
}

Compression::Compression() {
  auto stream = std::make_unique<z_stream>();
  if (deflateInit(stream.get(), Z_DEFAULT_COMPRESSION) == Z_OK) stream_.reset(stream.release());
}

double Compression::ratio(std::string_view text) noexcept {
  if (stream_ == nullptr || deflateReset(stream_.get()) != Z_OK) return 0;
  // zlib does not write to its input, whose type has no const unless ZLIB_CONST is defined.
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream_->avail_in = static_cast<uInt>(text.size());
  std::array<Bytef, 4096> out;  // only how much comes out is of interest
  int state = Z_OK;
  while (state == Z_OK) {
    stream_->next_out = out.data();
    stream_->avail_out = static_cast<uInt>(out.size());
    state = deflate(stream_.get(), Z_FINISH);
  }
  if (state != Z_STREAM_END) return 0;
  return static_cast<double>(text.size()) / static_cast<double>(stream_->total_out);
}

}  // namespace sotto::decode
