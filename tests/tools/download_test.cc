#include "tools/download.h"

#include <gtest/gtest.h>

#include "tests/tools/fake_http.h"

namespace sotto::tools {
namespace {

using test::FakeAnswer;
using test::FakeHttp;
using test::TempFolder;
using Kind = DownloadResult::Kind;

constexpr const char* kUrl = "https://host/file";
constexpr const char* kPlace = "https://cdn/place";
// Of "0123456789", by sha256sum.
constexpr const char* kHash = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882";

class Downloads : public testing::Test {
 protected:
  DownloadResult get(std::uint64_t most_bytes = 1000) {
    return download(http_, {.url = kUrl,
                            .file = folder_ / "file",
                            .most_bytes = most_bytes,
                            .progress = {},
                            .room = room_});
  }

  void expect_whole() {
    const DownloadResult result = get();
    EXPECT_EQ(result.kind, Kind::kWhole) << result.error.message;
    EXPECT_EQ(test::read_file(folder_ / "file"), "0123456789");
  }

  void expect_failure(const std::string& reason, std::uint64_t most_bytes = 1000) {
    const DownloadResult result = get(most_bytes);
    EXPECT_EQ(result.kind, Kind::kFailed);
    EXPECT_NE(result.error.message.find(reason), std::string::npos) << result.error.message;
  }

  // Five bytes of ten, and the end of the connection.
  void get_half(std::vector<std::pair<std::string, std::string>> fields) {
    fields.emplace_back("content-length", "10");
    http_.answers[kUrl] = {{.fields = fields, .body = "01234", .location = "", .cut = true}};
    const DownloadResult result = get();
    EXPECT_EQ(result.kind, Kind::kFailed);
    EXPECT_TRUE(result.may_pass);
  }

  static FakeAnswer rest(const std::string& range, const std::string& body) {
    return {.status = 206, .fields = {{"content-range", range}}, .body = body, .location = ""};
  }
  static FakeAnswer whole() {
    return {.fields = {{"content-length", "10"}}, .body = "0123456789", .location = ""};
  }

  TempFolder folder_;
  FakeHttp http_;
  std::function<Status(std::uint64_t)> room_;
};

TEST_F(Downloads, AFileAndNothingElseArrives) {
  http_.answers[kUrl] = {whole()};
  expect_whole();
  EXPECT_EQ(folder_.entries(), 1U) << "there is nothing to know it again by";
  EXPECT_EQ(http_.requests.front().field("Accept-Encoding"), "identity");
}

TEST_F(Downloads, WhatIsMissingLeavesNothing) {
  get_half({{"etag", "\"a\""}});
  http_.answers.clear();
  EXPECT_EQ(get().kind, Kind::kMissing);
  EXPECT_EQ(folder_.entries(), 0U);
}

TEST_F(Downloads, TheRestIsAskedForFromTheLastByteOn) {
  get_half({{"etag", "\"a\""}});
  http_.answers[kUrl] = {rest("bytes 4-9/10", "456789")};
  expect_whole();
  EXPECT_EQ(http_.requests.back().field("Range"), "bytes=4-");
  EXPECT_EQ(http_.requests.back().field("If-Range"), "\"a\"");
  // Once more: one byte tells that it is still the same.
  http_.answers[kUrl] = {rest("bytes 9-9/10", "9")};
  expect_whole();
  EXPECT_EQ(http_.requests.back().field("Range"), "bytes=9-");
}

TEST_F(Downloads, AWholeAnswerStartsAnew) {
  get_half({{"etag", "\"a\""}});
  http_.answers[kUrl] = {whole()};
  expect_whole();
}

TEST_F(Downloads, RangesThatDoNotFitAreAskedForAnew) {
  for (const char* range : {"bytes 5-9/10", "bytes 4-8/10", "bytes 4-9/11", "bytes 4-10/11",
                            "bytes 4-9/*", "bytes */10", "", "nonsense"}) {
    get_half({{"etag", "\"a\""}});
    http_.answers[kUrl] = {rest(range, "xxxxxx"), whole()};
    expect_whole();
    EXPECT_EQ(http_.requests.back().field("Range"), "") << range;
  }
}

TEST_F(Downloads, ARangeOfAnotherTagIsAskedForAnew) {
  get_half({{"etag", "\"a\""}});
  FakeAnswer other = rest("bytes 4-9/10", "xxxxxx");
  other.fields.emplace_back("etag", "\"b\"");
  http_.answers[kUrl] = {other, whole()};
  expect_whole();
}

TEST_F(Downloads, ARangeThatCannotBeIsAskedForAnew) {
  get_half({{"etag", "\"a\""}});
  http_.answers[kUrl] = {{.status = 416, .fields = {}, .body = "", .location = ""}, whole()};
  expect_whole();
}

TEST_F(Downloads, AServerThatAlwaysAnswersWithRangesIsGivenUp) {
  get_half({{"etag", "\"a\""}});
  http_.answers[kUrl] = {rest("bytes 3-9/10", "3456789")};
  expect_failure("206");
}

TEST_F(Downloads, WhatCannotBeKnownAgainIsNotKept) {
  for (const auto& fields : std::vector<std::vector<std::pair<std::string, std::string>>>{
           {}, {{"etag", "W/\"a\""}}, {{"etag", "\"a\""}, {"accept-ranges", "none"}}}) {
    get_half(fields);
    EXPECT_EQ(folder_.entries(), 0U);
  }
}

TEST_F(Downloads, ADamagedStateStartsAnew) {
  get_half({{"etag", "\"a\""}});
  for (const char* text : {"", "{", "[]", "{\"etag\": 1}", "{\"etag\": \"a\\r\\nX: y\"}",
                           "{\"etag\": \"\\\"a\\\"\", \"size\": 3}"}) {
    test::write_file(folder_ / "file", "01234");
    test::write_file(folder_ / "file.state", text);
    http_.answers[kUrl] = {whole()};
    expect_whole();
    EXPECT_EQ(http_.requests.back().field("Range"), "") << text;
  }
}

TEST_F(Downloads, TheHashOfTheRedirectIsChecked) {
  const FakeAnswer redirect{.status = 302,
                            .fields = {{"x-linked-etag", kHash}, {"x-linked-size", "10"}},
                            .body = "",
                            .location = kPlace};
  http_.answers[kUrl] = {redirect};
  http_.answers[kPlace] = {whole()};
  expect_whole();
  FakeAnswer wrong = whole();
  wrong.body.back() = 'x';
  http_.answers[kPlace] = {wrong};
  expect_failure("SHA-256");
  EXPECT_EQ(folder_.entries(), 0U);
  FakeAnswer shorter = wrong;
  shorter.fields.front().second = "9";
  http_.answers[kPlace] = {shorter};
  expect_failure("9 bytes, its publisher states 10");
}

TEST_F(Downloads, TheHashTellsMoreThanTheTagOfOneServer) {
  const FakeAnswer redirect{
      .status = 302, .fields = {{"x-linked-etag", kHash}}, .body = "", .location = kPlace};
  http_.answers[kUrl] = {redirect};
  FakeAnswer half = whole();
  half.body.resize(5);
  half.cut = true;
  half.fields.emplace_back("etag", "\"here\"");
  http_.answers[kPlace] = {half};
  expect_failure("cut");
  http_.answers[kPlace] = {rest("bytes 4-9/10", "456789")};
  http_.answers[kPlace].front().fields.emplace_back("etag", "\"elsewhere\"");
  expect_whole();
  EXPECT_EQ(http_.requests.back().field("Range"), "bytes=4-");
  EXPECT_EQ(http_.requests.back().field("If-Range"), "");
  // Another file by now.
  FakeAnswer other = redirect;
  other.fields.front().second = std::string(64, '0');
  http_.answers[kUrl] = {other};
  http_.answers[kPlace] = {whole()};
  expect_failure("SHA-256");
  EXPECT_EQ(http_.requests.back().field("Range"), "");
}

TEST_F(Downloads, TooMuchIsRefused) {
  http_.answers[kUrl] = {whole()};
  expect_failure("more than such a file can be", 9);
  http_.answers[kUrl].front().fields.clear();
  expect_failure("more than such a file can be", 9);
  http_.answers[kUrl].front().fields = {{"content-length", "9"}};
  expect_failure("more than it stated");
  EXPECT_EQ(folder_.entries(), 0U);
}

TEST_F(Downloads, RoomIsAskedForBeforeAByteIsWritten) {
  std::uint64_t asked = 0;
  room_ = [&asked](std::uint64_t more) -> Status {
    asked = more;
    return Error{ErrorCode::kIo, "the disk is full"};
  };
  http_.answers[kUrl] = {whole()};
  expect_failure("the disk is full");
  EXPECT_EQ(asked, 10U);
  EXPECT_EQ(folder_.entries(), 0U);
}

TEST_F(Downloads, ASecureConnectionStaysSecure) {
  http_.answers[kUrl] = {
      {.status = 301, .fields = {}, .body = "", .location = "http://host/file?secret"}};
  expect_failure("https://host/file: redirects to http://host/file, which is not as safe");
}

TEST_F(Downloads, RedirectsEnd) {
  http_.answers[kUrl] = {{.status = 302, .fields = {}, .body = "", .location = kUrl}};
  expect_failure("redirects more than 10 times");
  EXPECT_EQ(http_.requests.size(), 11U);
}

TEST_F(Downloads, APortalDoesNotCostWhatThereIs) {
  get_half({{"etag", "\"a\""}});
  http_.answers[kUrl] = {
      {.fields = {{"content-type", "text/html"}}, .body = "<p>log in", .location = ""}};
  expect_failure("HTML");
  EXPECT_EQ(test::read_file(folder_ / "file"), "01234");
}

TEST_F(Downloads, EncodedBytesAreRefused) {
  http_.answers[kUrl] = {whole()};
  http_.answers[kUrl].front().fields.emplace_back("content-encoding", "gzip");
  expect_failure("gzip");
}

TEST_F(Downloads, OnlyFaultsThatMayPassAreSaidToPass) {
  for (const auto& [status, passes] :
       {std::pair(500, true), {503, true}, {429, true}, {401, false}, {403, false}, {204, false}}) {
    http_.answers[kUrl] = {{.status = status, .fields = {}, .body = "", .location = ""}};
    const DownloadResult result = get();
    EXPECT_EQ(result.kind, Kind::kFailed);
    EXPECT_EQ(result.may_pass, passes) << status;
  }
}

}  // namespace
}  // namespace sotto::tools
