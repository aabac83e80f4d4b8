// What stands behind the opaque types of sotto.h, and how its functions fail.
#pragma once

#include <sotto/sotto.h>
#include <sotto/sotto.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "lib/api/wall.h"
#include "lib/base/error.h"

struct sotto_options {
  sotto_options_kind kind;
  sotto::LoadOptions load;
  sotto::SessionOptions session;
  sotto::TranscribeOptions transcribe;
  sotto::ConvertOptions convert;
};
struct sotto_sound {
  sotto::Sound sound;
};
struct sotto_model {
  sotto::Model model;
};
struct sotto_session {
  sotto::Session session;
};
struct sotto_transcript {
  sotto::Transcript transcript;
};
struct sotto_hooks {
  sotto::TranscribeHooks hooks;
};

namespace sotto::api {

// Stores it where the caller wants it; the code is what the function may return.
sotto_code fail(sotto_error** out, const Error& error) noexcept;
inline void succeed(sotto_error** out) noexcept {
  if (out != nullptr) *out = nullptr;
}

// What body(), which returns a Result<T*>, made; null with an error.
template <typename T, typename Body>
T* make(sotto_error** error, Body&& body) noexcept {
  const Result<T*> made = guarded<Result<T*>>(std::forward<Body>(body));
  if (!made) return fail(error, made.error()), nullptr;
  succeed(error);
  return *made;
}
// What became of body(), which returns a Status.
template <typename Body>
sotto_code attempt(sotto_error** error, Body&& body) noexcept {
  const Status status = guarded<Status>(std::forward<Body>(body));
  if (!status) return fail(error, status.error());
  succeed(error);
  return SOTTO_OK;
}
// A Holder of the Result's value.
template <typename Holder, typename T>
Result<Holder*> hold(Result<T> value) {
  if (!value) return std::move(value).error();
  return std::unique_ptr<Holder>(new Holder{*std::move(value)}).release();
}

// An error where one of the pointers is null: each with the name of its argument.
struct Argument {
  std::string_view name;
  const void* pointer;
};
Status check(std::initializer_list<Argument> arguments);

// The options of a call: the defaults for null, an error for those of another.
Result<LoadOptions> load_options(const sotto_options* options);
Result<SessionOptions> session_options(const sotto_options* options);
Result<TranscribeOptions> transcribe_options(const sotto_options* options);
Result<ConvertOptions> convert_options(const sotto_options* options);

// None for null.
Log to_log(sotto_log log, void* user);

// For sotto_free().
Result<char*> copy(std::string_view text);

}  // namespace sotto::api
