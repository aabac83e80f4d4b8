// A server in memory that says what a test wants.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_folder.h"
#include "tools/http.h"

namespace sotto::test {

struct FakeAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  std::string location;
  bool cut = false;  // the connection, after the body
};

class FakeHttp : public tools::Http {
 public:
  struct Request {
    std::string url;
    std::vector<std::string> fields;

    // "Range: bytes=4-" begins with "Range".
    std::string field(const std::string& name) const {
      const auto found = std::ranges::find_if(
          fields, [&](const std::string& field) { return field.starts_with(name + ":"); });
      return found == fields.end() ? "" : found->substr(name.size() + 2);
    }
  };

  // What is left of a URL's list answers; the last one again and again. Others are 404.
  std::map<std::string, std::vector<FakeAnswer>> answers;
  std::vector<Request> requests;

  Result<tools::HttpHead> get(const std::string& url, const std::vector<std::string>& fields,
                              tools::HttpSink& sink) override {
    requests.push_back({url, fields});
    FakeAnswer answer{.status = 404, .fields = {}, .body = "", .location = ""};
    if (std::vector<FakeAnswer>& left = answers[url]; !left.empty()) {
      answer = left.front();
      if (left.size() > 1) left.erase(left.begin());
    }
    tools::HttpHead head{answer.status, "", answer.fields};
    if (answer.location.empty()) {
      if (!sink.begin(head)) return head;
      if (!answer.body.empty() && !sink.take(as_bytes(answer.body))) return head;
    }
    if (answer.cut) return Error{ErrorCode::kIo, url + ": the connection was cut"};
    head.location = answer.location;
    return head;
  }
};

}  // namespace sotto::test
