#include "lib/convert/alignment_heads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"

namespace sotto::converter {
namespace {

using Heads = std::vector<AlignmentHead>;

constexpr const char* kPublished = "golden/whisper/alignment_heads.json";

// Which shape a published model has, by its name (models.md, 1.1).
WhisperShape shape_of(const std::string& name, std::uint32_t decoder_layers) {
  constexpr std::pair<std::uint32_t, std::uint32_t> kWidths[] = {
      {4, 384}, {6, 512}, {12, 768}, {24, 1024}, {32, 1280}};
  const bool turbo = name.find("turbo") != std::string::npos;
  const std::uint32_t layers = turbo ? 32 : decoder_layers;
  const auto* width = std::ranges::find(kWidths, layers, [](const auto& w) { return w.first; });
  const bool third = turbo || name == "large-v3" || name == "large";
  const std::uint32_t vocabulary = name.ends_with(".en") ? 51864U : third ? 51866U : 51865U;
  return {layers, decoder_layers, width->second, vocabulary};
}

TEST(AlignmentHeads, ThoseOfThePublishedModelsAreKnown) {
  SOTTO_NEEDS_SHARED(kPublished);
  std::ifstream file(test::shared_root() / kPublished);
  const nlohmann::json published = nlohmann::json::parse(file);
  ASSERT_GE(published.size(), 12U);
  for (const auto& [name, model] : published.items()) {
    if (name == "large-v1") continue;  // has large-v2's shape
    Heads want;
    for (const auto& head : model["heads"]) {
      want.push_back({head[0].get<std::uint32_t>(), head[1].get<std::uint32_t>()});
    }
    const auto layers = model["n_text_layer"].get<std::uint32_t>();
    EXPECT_EQ(default_alignment_heads(shape_of(name, layers), 20), want) << name;
  }
}

TEST(AlignmentHeads, OtherShapesGetTheUpperHalfOfTheLayers) {
  EXPECT_EQ(default_alignment_heads({32, 2, 1280, 51866}, 3), (Heads{{1, 0}, {1, 1}, {1, 2}}));
  EXPECT_EQ(default_alignment_heads({4, 3, 384, 51865}, 2),
            (Heads{{1, 0}, {1, 1}, {2, 0}, {2, 1}}));
  EXPECT_EQ(default_alignment_heads({1, 1, 64, 51865}, 1), (Heads{{0, 0}}));
}

TEST(AlignmentHeads, TheOptionIsPairsOrJson) {
  const Heads want = {{2, 0}, {3, 1}};
  for (const char* text : {"2,0;3,1", " 2, 0 ; 3 ,1 ", "[[2,0],[3,1]]", "[[2, 0],\n [3, 1]]"}) {
    const auto heads = parse_alignment_heads(text, 4, 2);
    ASSERT_OK(heads);
    EXPECT_EQ(*heads, want) << text;
  }
}

TEST(AlignmentHeads, OtherOptionsAreRefused) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "alignment heads \"\": "},
      {"[]", "is empty"},
      {"2", "item 0 of alignment_heads is not a pair"},
      {"2,0;", "item 1 of alignment_heads is not a pair"},
      {"2,0,3,1", "is not a pair"},
      {"-1,0", "is not a pair"},
      {"a,b", "expected \"layer,head;layer,head\""},
      {"2,0;3,1]", "expected \"layer,head;layer,head\""},
      {"4,0", "names head 0 of layer 4, expected one of 2 heads of 4 layers, counted from 0"},
      {"0,2", "names head 2 of layer 0"},
      {"4294967296,0", "is not a pair"},
      {"1,1;0,0;1,1", "names head 1 of layer 1 twice"},
      {std::string(3'000'000, '['), "alignment heads"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_ERROR(parse_alignment_heads(text, 4, 2), ErrorCode::kInvalidArgument, message);
  }
}

}  // namespace
}  // namespace sotto::converter
