// A file from a URL: redirects followed, size and SHA-256 checked where they are stated, and what a
// cut connection left continued where the server can. What the server says is hostile.
#pragma once

#include <sotto/result.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "tools/http.h"

namespace sotto::tools {

struct Download {
  std::string url;
  // Grows as bytes come; beside it lies FILE.state while what there is can be continued or checked
  // again. Both are kept on a failure if it can, else removed.
  std::filesystem::path file;
  std::uint64_t most_bytes = 0;  // a server that states or sends more is refused
  std::function<void(std::uint64_t done, std::optional<std::uint64_t> total)> progress;
  std::function<Status(std::uint64_t more)> room;  // asked before that many bytes are written
};

struct DownloadResult {
  enum class Kind {
    kWhole,
    kMissing,  // 404: nothing was written
    kFailed,
  };
  Kind kind = Kind::kFailed;
  Error error{ErrorCode::kInternal, ""};  // of kFailed
  bool may_pass = false;                  // the failure may be gone when tried again at once
  std::uint64_t kept = 0;                 // bytes that wait to be continued
};

DownloadResult download(Http& http, const Download& what);

}  // namespace sotto::tools
