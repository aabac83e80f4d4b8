#include "lib/convert/convert.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/convert/origin.h"
#include "lib/format/gguf.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

namespace sotto::converter {
namespace {

using test::TempFolder;
using test::write_file;

constexpr const char* kDigits = "models/moonshine-digits/hf";

TEST(ModelCard, LicenseAndLanguagesOfTheHeadAreRead) {
  const TempFolder folder;
  const auto card = [&](const std::string& text) {
    write_file(folder / "README.md", text);
    return read_model_card(folder.path());
  };
  using Languages = std::vector<std::string>;
  ModelCard found =
      card("---\nlanguage: en\nlicense: \"mit\"\ntags:\n- audio\n---\nlicense: none\n");
  EXPECT_EQ(found.license, "mit");
  EXPECT_EQ(found.languages, Languages{"en"});
  found = card("---\nlanguage:\n- en\n- de\n\n- fr\nlicense:\n- apache-2.0\n- mit\n---\n");
  EXPECT_EQ(found.license, "apache-2.0");
  EXPECT_EQ(found.languages, (Languages{"en", "de"})) << "a list ends with an empty line";
  EXPECT_EQ(card("---\nlanguage: [en, \"de\"]\n---\n").languages, (Languages{"en", "de"}));
  EXPECT_TRUE(card("---\nlanguage: en\n").languages.empty()) << "the head has no end";
  EXPECT_TRUE(card("language: en\n---\n").languages.empty()) << "there is no head";
  EXPECT_TRUE(card("").languages.empty());
}

TEST(Origin, TheHashIsThatOfTheStandard) {
  const TempFolder folder;
  write_file(folder / "b", "c");
  write_file(folder / "a", "ab");
  std::vector<base::MappedFile> files;
  EXPECT_EQ(sha256_hex(files), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (const char* name : {"b", "a"}) {
    auto file = base::MappedFile::open(folder / name);
    ASSERT_OK(file);
    files.push_back(*std::move(file));
  }
  EXPECT_EQ(sha256_hex(files), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
      << "of \"abc\", FIPS 180-4";
}

TEST(Origin, AFolderHasANameHoweverItIsWritten) {
  EXPECT_EQ(folder_name("a/b"), "b");
  EXPECT_EQ(folder_name("a/b/"), "b");
  EXPECT_EQ(folder_name("a/b/."), "b");
  EXPECT_EQ(folder_name("a/b/../c"), "c");
  EXPECT_EQ(folder_name("."), std::filesystem::current_path().filename().string());
}

TEST(Moonshine, StillConverts) {
  SOTTO_NEEDS_SHARED(kDigits);
  const TempFolder folder;
  ASSERT_OK(converter::convert(test::shared_root() / kDigits, folder / "out.gguf", {}));
  const auto file = format::Gguf::open(folder / "out.gguf");
  ASSERT_OK(file);
  EXPECT_EQ(*file->string("general.architecture"), "moonshine");
  EXPECT_EQ(*file->string("general.name"), "hf");
  EXPECT_EQ(*file->f32("moonshine.max_tokens_per_second"), 6.5F);
  EXPECT_NE(file->find("decoder.token_embd.weight"), nullptr);
}

}  // namespace
}  // namespace sotto::converter
