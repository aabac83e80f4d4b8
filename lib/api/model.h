// What a Model holds; for session.cc.
#pragma once

#include <sotto/sotto.hpp>

#include <memory>

#include "lib/format/gguf.h"
#include "lib/models/moonshine.h"
#include "lib/text/sentencepiece.h"

namespace sotto {

struct Model::Impl {
  std::unique_ptr<const models::Moonshine> moonshine;
  text::SentencePiece tokenizer;
  ModelInfo info;
};

}  // namespace sotto
