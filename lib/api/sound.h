// What a session hears, as a stream: each block asks whether the caller still wants it.
#pragma once

#include <sotto/sotto.hpp>

#include <memory>

#include "lib/api/hooks.h"
#include "lib/audio/stream.h"

namespace sotto::api {

// `source` must outlive the stream. Errors: kInvalidArgument.
Result<std::unique_ptr<audio::Stream>> open_source(const SoundSource& source);

// `stream`, ending with kAborted when the hook says so; `abort` may be null and must outlive it.
std::unique_ptr<audio::Stream> abortable(std::unique_ptr<audio::Stream> stream,
                                         decode::Abort* abort);

// A sound that is read in order, seen some way ahead of where it has been heard to.
class Ahead {
 public:
  // All of it is in memory.
  explicit Ahead(std::span<const float> samples) : held_(samples) {}
  // At most `most` samples ahead are seen.
  Ahead(std::unique_ptr<audio::Stream> stream, std::size_t most);

  // The next `count` samples, fewer at the end alone; at least those of the last call that were not
  // left behind. Valid until the next call. Requires: count <= most.
  Result<std::span<const float>> look(std::size_t count);
  // Leaves `count` of them behind. Requires: they were seen.
  void leave(std::size_t count);

  std::uint64_t left() const { return left_; }  // samples left behind
  // Of the whole sound, if it is known.
  std::optional<std::uint64_t> length() const;

 private:
  std::unique_ptr<audio::Stream> stream_;  // null: all is held
  std::vector<float> buffer_;
  std::span<const float> held_;
  std::uint64_t left_ = 0;
};

}  // namespace sotto::api
