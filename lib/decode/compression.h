// How repetitive a text is.
#pragma once

#include <memory>
#include <string_view>

struct z_stream_s;  // zlib's

namespace sotto::decode {

// Keeps what zlib works with, a quarter of a megabyte. One user at a time.
class Compression {
 public:
  Compression();

  // Bytes of `text` by bytes of its zlib stream at zlib's default level, as compression_ratio() of
  // openai/whisper (utils.py). 0 for an empty text, and where there was no memory.
  double ratio(std::string_view text) noexcept;

 private:
  struct End {
    void operator()(z_stream_s* stream) const noexcept;
  };
  std::unique_ptr<z_stream_s, End> stream_;  // null: there was no memory
};

}  // namespace sotto::decode
