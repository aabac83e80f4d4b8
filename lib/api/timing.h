// What a session did, as the API reports it.
#pragma once

#include <sotto/sotto.hpp>

#include <cstddef>

#include "lib/graph/executor.h"

namespace sotto::api {

inline Arithmetic to_arithmetic(graph::Arithmetic arithmetic) {
  switch (arithmetic) {
    case graph::Arithmetic::kBf16: return Arithmetic::kBF16;
    case graph::Arithmetic::kInt8: return Arithmetic::kInt8;
    case graph::Arithmetic::kF32: break;
  }
  return Arithmetic::kF32;
}

inline StageTiming to_timing(const graph::Usage& usage, std::size_t tokens = 0) {
  return {usage.seconds, tokens, usage.cost.all_operations(),
          to_arithmetic(usage.cost.arithmetic()), usage.cost.bytes()};
}

}  // namespace sotto::api
