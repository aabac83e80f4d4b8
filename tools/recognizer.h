// A model and a session of it, ready to transcribe.
#pragma once

#include <sotto/sotto.hpp>

#include "tools/decoding_options.h"

namespace sotto::tools {

struct Recognizer {
  Model model;
  Session session;
};

// Errors: resolve_model()'s, Model::load()'s and Session::create()'s.
Result<Recognizer> open_recognizer(const DecodingOptions& options);

}  // namespace sotto::tools
