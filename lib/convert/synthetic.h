// Random-weight models of the dimensions of real ones, as files in memory.
#pragma once

#include <sotto/result.h>

#include <cstddef>
#include <string_view>
#include <vector>

namespace sotto::converter {

// sotto::synthetic_model() behind its wall.
Result<std::vector<std::byte>> synthetic_model(std::string_view model, std::string_view type);

}  // namespace sotto::converter
