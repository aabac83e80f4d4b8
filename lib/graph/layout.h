// Places a plan's tensors in the arena.
#pragma once

#include <sotto/result.h>

#include "lib/graph/plan.h"

namespace sotto::graph {

// Sets when each tensor is needed, where it lies, and the sizes of the arena and of its states. A
// result takes the place of an input that dies where it is born. Errors: kInternal where a tensor
// is read before it is written or outside of its stage, or a constant is written.
Status lay_out(Plan& plan);

}  // namespace sotto::graph
