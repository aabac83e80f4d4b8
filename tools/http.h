// One HTTP request at a time. Behind an interface, so that the rules of downloads are tested
// without a network and the command builds without libcurl.
#pragma once

#include <sotto/result.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tools/http_fields.h"

namespace sotto::tools {

// Takes an answer as it comes.
class HttpSink {
 public:
  virtual ~HttpSink() = default;
  // The head, without HttpHead::location. Returns whether the body is wanted.
  virtual bool begin(const HttpHead& head) = 0;
  // A part of the body. Returns whether to go on.
  virtual bool take(std::span<const std::byte> part) = 0;
};

class Http {
 public:
  virtual ~Http() = default;
  // GET of an http or https `url`; redirects are answers like any other, not followed. What the
  // sink refuses ends the request without an error. Errors: kIo (what may be well next time: no
  // connection, a cut one, a stalled one), kUnsupported (what will not: a bad certificate or URL).
  virtual Result<HttpHead> get(const std::string& url, const std::vector<std::string>& fields,
                               HttpSink& sink) = 0;
};

// libcurl's, with the proxies of the environment. A connection on which nothing comes for
// `stall` is given up. kUnsupported where the command was built without libcurl.
Result<std::unique_ptr<Http>> make_http(std::chrono::seconds stall);

}  // namespace sotto::tools
