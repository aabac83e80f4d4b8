#include <algorithm>

#include "lib/api/model.h"
#include "lib/api/sound.h"
#include "lib/api/wall.h"
#include "lib/audio/audio.h"
#include "lib/base/cores.h"
#include "lib/base/error.h"
#include "lib/graph/cost.h"

namespace sotto {
namespace {

unsigned default_threads(const graph::Plan& plan) {
  constexpr unsigned kMost = 8;  // more was not measured
  return std::min({base::performance_cores(), graph::useful_threads(plan), kMost});
}

MemoryNeed need_of(const Model& model, const graph::Plan& plan) {
  return {model.info().weights_bytes, plan.arena_bytes, plan.state_bytes};
}

std::vector<std::string> kernels_of(const graph::Plan& plan) {
  std::vector<std::string> kernels;
  for (const graph::Node& node : plan.nodes) {
    std::string kernel = base::concat(graph::op_name(node.op), " ", graph::kernel_name(node.op));
    if (std::ranges::find(kernels, kernel) == kernels.end()) kernels.push_back(std::move(kernel));
  }
  return kernels;
}

}  // namespace

struct Session::Impl {
  std::shared_ptr<const Model::Impl> model;
  MemoryNeed need;
  unsigned threads = 0;
  std::vector<std::string> kernels;
  std::unique_ptr<api::Recognizer> recognizer;

  template <typename Body>
  Result<Transcript> run(const TranscribeHooks& hooks, Body&& body) const noexcept {
    return api::guarded<Result<Transcript>>([&]() -> Result<Transcript> {
      api::Hooks caller(hooks);
      Result<Transcript> transcript = body(caller);
      caller.rethrow();
      if (!transcript) return transcript;
      caller.log(LogLevel::kInfo, transcript->audio_seconds, " s of sound in ",
                 transcript->total_seconds, " s");
      caller.done();
      return transcript;
    });
  }

  Result<Transcript> hear(Result<std::unique_ptr<audio::Stream>> sound,
                          const TranscribeOptions& options, api::Hooks& caller) const {
    if (!sound) return std::move(sound).error();
    return recognizer->transcribe(api::abortable(*std::move(sound), caller.abort()), options,
                                  caller);
  }
};

Result<MemoryNeed> Session::memory_need(const Model& model,
                                        const SessionOptions& options) noexcept {
  return api::guarded<Result<MemoryNeed>>([&]() -> Result<MemoryNeed> {
    const Result<graph::Plan> plan = model.impl_->engine->plan(options);
    if (!plan) return plan.error();
    return need_of(model, *plan);
  });
}

Result<std::string> Session::describe_plan(const Model& model,
                                           const SessionOptions& options) noexcept {
  return api::guarded<Result<std::string>>([&]() -> Result<std::string> {
    const Result<graph::Plan> plan = model.impl_->engine->plan(options);
    if (!plan) return plan.error();
    return graph::describe(*plan);
  });
}

Result<Session> Session::create(const Model& model, const SessionOptions& options) noexcept {
  return api::guarded<Result<Session>>([&]() -> Result<Session> {
    const Result<graph::Plan> plan = model.impl_->engine->plan(options);
    if (!plan) return plan.error();
    const MemoryNeed need = need_of(model, *plan);
    if (options.memory_limit_bytes != 0 && need.session_bytes > options.memory_limit_bytes) {
      return base::error(ErrorCode::kOutOfMemory, model.info().file, ": a session needs ",
                         need.session_bytes, " bytes, the limit is ", options.memory_limit_bytes);
    }
    auto impl = std::make_unique<Impl>();
    impl->model = model.impl_;
    impl->need = need;
    impl->kernels = kernels_of(*plan);
    impl->threads = options.threads == 0 ? default_threads(*plan) : options.threads;
    SessionOptions settled = options;
    settled.threads = impl->threads;
    Result<std::unique_ptr<api::Recognizer>> recognizer = model.impl_->engine->recognizer(settled);
    if (!recognizer) return std::move(recognizer).error();
    impl->recognizer = *std::move(recognizer);
    return Session(std::move(impl));
  });
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const MemoryNeed& Session::memory() const noexcept { return impl_->need; }
unsigned Session::threads() const noexcept { return impl_->threads; }
const std::vector<std::string>& Session::kernels() const noexcept { return impl_->kernels; }

Result<Transcript> Session::transcribe(std::span<const float> samples, int sample_rate,
                                       const TranscribeOptions& options,
                                       const TranscribeHooks& hooks) noexcept {
  return impl_->run(hooks, [&](api::Hooks& caller) -> Result<Transcript> {
    if (Status status = audio::check_samples("the sound", samples); !status) {
      return Error{ErrorCode::kInvalidArgument, std::move(status).error().message};
    }
    return impl_->recognizer->transcribe(samples, sample_rate, options, caller);
  });
}

Result<Transcript> Session::transcribe(const SoundSource& source, const TranscribeOptions& options,
                                       const TranscribeHooks& hooks) noexcept {
  return impl_->run(hooks, [&](api::Hooks& caller) {
    return impl_->hear(api::open_source(source), options, caller);
  });
}

Result<Transcript> Session::transcribe_file(const std::filesystem::path& file,
                                            const TranscribeOptions& options,
                                            const TranscribeHooks& hooks) noexcept {
  return impl_->run(hooks, [&](api::Hooks& caller) {
    return impl_->hear(audio::open_file(file), options, caller);
  });
}

}  // namespace sotto
