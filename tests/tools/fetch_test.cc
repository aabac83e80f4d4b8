#include <gtest/gtest.h>

#include "tests/tools/fake_http.h"
#include "tools/file_lock.h"
#include "tools/pull.h"
#include "tools/sha256.h"
#include "tools/text_parts.h"

namespace sotto::tools {
namespace {

using test::FakeHttp;
using test::TempFolder;

constexpr const char* kTiny = "https://host/openai/whisper-tiny.en/resolve/main/";

class Fetching : public testing::Test {
 protected:
  void offer(const std::string& name, const std::string& contents = "x") {
    http_.answers[kTiny + name] = {{.fields = {}, .body = contents, .location = ""}};
  }
  Status fetch() {
    return fetch_checkpoint(http_, *find_official("tiny.en"), folder_.path(),
                            {.base = "https://host/", .retries = 1, .pause = {}}, {});
  }
  std::string asked() const {
    std::string all;
    for (const FakeHttp::Request& request : http_.requests) {
      all.append(all.empty() ? "" : " ").append(request.url.substr(request.url.rfind('/') + 1));
    }
    return all;
  }

  TempFolder folder_;
  FakeHttp http_;
};

TEST_F(Fetching, TakesWhatTheConverterNeedsAndNothingElse) {
  for (const char* name : {"config.json", "vocab.json", "model.safetensors"}) offer(name);
  ASSERT_OK(fetch());
  EXPECT_EQ(asked(),
            "config.json vocab.json added_tokens.json generation_config.json README.md "
            "model.safetensors");
  EXPECT_EQ(folder_.entries(), 3U);
}

TEST_F(Fetching, TakesAnotherVocabularyWhereTheFirstIsMissing) {
  for (const char* name : {"config.json", "tokenizer.json", "model.safetensors"}) offer(name);
  ASSERT_OK(fetch());
  EXPECT_EQ(asked(),
            "config.json vocab.json tokenizer.json generation_config.json README.md "
            "model.safetensors");
}

TEST_F(Fetching, TheFirstFailureEndsIt) {
  EXPECT_ERROR(fetch(), ErrorCode::kIo, "config.json: 404");
  EXPECT_EQ(asked(), "config.json");
}

TEST_F(Fetching, FaultsThatMayPassAreTriedAgain) {
  for (const char* name : {"config.json", "vocab.json", "model.safetensors"}) offer(name);
  auto& answers = http_.answers[std::string(kTiny) + "config.json"];
  answers.insert(answers.begin(), {.status = 503, .fields = {}, .body = "", .location = ""});
  ASSERT_OK(fetch());
  answers = {{.status = 503, .fields = {}, .body = "", .location = ""}};
  http_.requests.clear();
  EXPECT_ERROR(fetch(), ErrorCode::kIo, "503");
  EXPECT_EQ(asked(), "config.json config.json");
}

TEST(Shards, AreFilesBesideTheirIndex) {
  const auto shards = parse_shards(
      R"({"weight_map": {"a": "m-2.safetensors", "b": "m-1.safetensors", "c": "m-2.safetensors"}})",
      "index");
  ASSERT_OK(shards);
  EXPECT_EQ(*shards, (std::vector<std::string>{"m-1.safetensors", "m-2.safetensors"}));
  for (const char* text : {"", "[]", "{}", R"({"weight_map": {}})", R"({"weight_map": []})"}) {
    EXPECT_ERROR(parse_shards(text, "index"), ErrorCode::kCorruptFile, "index: ");
  }
  for (const char* name : {"1", R"("x.bin")", R"("/x.safetensors")", R"("../x.safetensors")",
                           R"("a/b.safetensors")", R"(".safetensors")", R"("a b.safetensors")"}) {
    EXPECT_ERROR(parse_shards(concat({R"({"weight_map": {"a": )", name, "}}"}), "index"),
                 ErrorCode::kCorruptFile, "plain file name");
  }
}

TEST(Room, IsThatOfTheDisk) {
  const TempFolder folder;
  ASSERT_OK(check_room(folder.path(), 0));
  EXPECT_ERROR(check_room(folder.path(), ~std::uint64_t{0}), ErrorCode::kIo, "are needed");
}

TEST(FileLock, IsGoneWithItsHolder) {
  const TempFolder folder;
  int waits = 0;
  {
    const auto lock = FileLock::take(folder / "lock", [&] { ++waits; });
    ASSERT_OK(lock);
    EXPECT_EQ(folder.entries(), 1U);
  }
  EXPECT_EQ(folder.entries(), 0U);
  EXPECT_EQ(waits, 0);
  EXPECT_ERROR(FileLock::take(folder / "none/lock", [] {}), ErrorCode::kIo, "none/lock");
}

TEST(Sha256, IsThatOfTheStandard) {
  const TempFolder folder;
  test::write_file(folder / "abc", "abc");
  const auto hash = sha256_of_file(folder / "abc");
  ASSERT_OK(hash);
  EXPECT_EQ(*hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_ERROR(sha256_of_file(folder / "none"), ErrorCode::kIo, "none");
}

TEST(Bytes, AreCountedInThousands) {
  EXPECT_EQ(format_bytes(0), "0 bytes");
  EXPECT_EQ(format_bytes(999), "999 bytes");
  EXPECT_EQ(format_bytes(1000), "1.0 kB");
  EXPECT_EQ(format_bytes(41'600'000), "41.6 MB");
  EXPECT_EQ(format_bytes(3'087'130'976), "3.09 GB");
}

}  // namespace
}  // namespace sotto::tools
