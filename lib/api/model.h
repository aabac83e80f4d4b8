// What a Model holds; for session.cc.
#pragma once

#include <sotto/sotto.hpp>

#include <memory>

#include "lib/api/engine.h"

namespace sotto {

struct Model::Impl {
  std::unique_ptr<const api::Engine> engine;
  ModelInfo info;
};

}  // namespace sotto
