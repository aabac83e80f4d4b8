// The caller's hooks as the layers below ask them: from where nothing may be thrown, in order,
// once.
#pragma once

#include <sotto/sotto.hpp>

#include <exception>
#include <string_view>

#include "lib/base/error.h"
#include "lib/decode/decoding.h"

namespace sotto::api {

// Of one transcription, on its thread. What abort and logits throw ends it and is thrown on by
// rethrow(); segment(), progress() and log() throw what the hook throws.
class Hooks final : public decode::Abort, public decode::LogitFilter {
 public:
  explicit Hooks(const TranscribeHooks& hooks) : hooks_(hooks) {}

  // Null where the caller has nothing to say, so that nothing is asked.
  decode::Abort* abort() { return hooks_.abort || hooks_.logits ? this : nullptr; }
  decode::LogitFilter* filter() { return hooks_.logits ? this : nullptr; }

  bool requested() noexcept override;
  void apply(std::span<const std::int32_t> tokens, std::span<float> logits) noexcept override;
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

  void segment(const Segment& segment) const;
  void progress(double share);  // kept below 1 and from going back
  void done() const;            // all of it

  template <typename... Parts>
  void log(LogLevel level, const Parts&... parts) const {
    if (hooks_.log) hooks_.log(level, base::concat(parts...));
  }

 private:
  const TranscribeHooks& hooks_;
  std::exception_ptr failure_;
  bool aborted_ = false;
  double progress_ = -1;
};

// Has a model's session ask the hooks for as long as it lives.
template <typename Session>
class Watched {
 public:
  Watched(Session& session, Hooks& hooks) : session_(session) { session.set_abort(hooks.abort()); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  ~Watched() { session_.set_abort(nullptr); }

 private:
  Session& session_;
};

}  // namespace sotto::api
