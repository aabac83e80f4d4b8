// JSON of tokenizers, of a size and depth that cannot be made to hurt.
#pragma once

#include <sotto/result.h>

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace sotto::text {

// Requires of `text`, the contents of a file called `name`: at most 32 MiB, 4 million values and 16
// levels (else kUnsupported), and that it is JSON (else kCorruptFile).
Result<nlohmann::json> parse_json(std::string_view text, std::string_view name);

}  // namespace sotto::text
