#include "lib/convert/alignment_heads.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "lib/base/error.h"
#include "lib/base/quote.h"
#include "lib/format/json_config.h"

namespace sotto::converter {
namespace {

struct Published {
  WhisperShape shape;
  std::vector<AlignmentHead> heads;
};

const std::vector<Published>& published() {
  static const std::vector<Published> kTable = {
      // tiny.en
      {{4, 4, 384, 51864}, {{1, 0}, {2, 0}, {2, 5}, {3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 4}}},
      // tiny
      {{4, 4, 384, 51865}, {{2, 2}, {3, 0}, {3, 2}, {3, 3}, {3, 4}, {3, 5}}},
      // base.en
      {{6, 6, 512, 51864}, {{3, 3}, {4, 7}, {5, 1}, {5, 5}, {5, 7}}},
      // base
      {{6, 6, 512, 51865}, {{3, 1}, {4, 2}, {4, 3}, {4, 7}, {5, 1}, {5, 2}, {5, 4}, {5, 6}}},
      // small.en
      {{12, 12, 768, 51864},
       {{6, 6},
        {7, 0},
        {7, 3},
        {7, 8},
        {8, 2},
        {8, 5},
        {8, 7},
        {9, 0},
        {9, 4},
        {9, 8},
        {9, 10},
        {10, 0},
        {10, 1},
        {10, 2},
        {10, 3},
        {10, 6},
        {10, 11},
        {11, 2},
        {11, 4}}},
      // small
      {{12, 12, 768, 51865},
       {{5, 3}, {5, 9}, {8, 0}, {8, 4}, {8, 7}, {8, 8}, {9, 0}, {9, 7}, {9, 9}, {10, 5}}},
      // medium.en
      {{24, 24, 1024, 51864},
       {{11, 4},
        {14, 1},
        {14, 12},
        {14, 14},
        {15, 4},
        {16, 0},
        {16, 4},
        {16, 9},
        {17, 12},
        {17, 14},
        {18, 7},
        {18, 10},
        {18, 15},
        {20, 0},
        {20, 3},
        {20, 9},
        {20, 14},
        {21, 12}}},
      // medium
      {{24, 24, 1024, 51865}, {{13, 15}, {15, 4}, {15, 15}, {16, 1}, {20, 0}, {23, 4}}},
      // large-v2
      {{32, 32, 1280, 51865},
       {{10, 12}, {13, 17}, {16, 11}, {16, 12}, {16, 13}, {17, 15}, {17, 16}, {18, 4},
        {18, 11}, {18, 19}, {19, 11}, {21, 2},  {21, 3},  {22, 3},  {22, 9},  {22, 12},
        {23, 5},  {23, 7},  {23, 13}, {25, 5},  {26, 1},  {26, 12}, {27, 15}}},
      // large-v3
      {{32, 32, 1280, 51866},
       {{7, 0},
        {10, 17},
        {12, 18},
        {13, 12},
        {16, 1},
        {17, 14},
        {19, 11},
        {21, 4},
        {24, 1},
        {25, 6}}},
      // turbo
      {{32, 4, 1280, 51866}, {{2, 4}, {2, 11}, {3, 3}, {3, 6}, {3, 11}, {3, 14}}},
  };
  return kTable;
}

bool same(const WhisperShape& a, const WhisperShape& b) {
  return a.encoder_layers == b.encoder_layers && a.decoder_layers == b.decoder_layers &&
         a.width == b.width && a.vocabulary == b.vocabulary;
}

constexpr std::string_view kKey = "alignment_heads";

// "2,0;3,1" as the JSON array that it stands for; what has brackets is one already.
std::string as_json(std::string_view text) {
  if (text.find('[') != std::string_view::npos) return std::string(text);
  std::string json = "[[";
  for (const char c : text) json += c == ';' ? std::string("],[") : std::string(1, c);
  return json + "]]";
}

}  // namespace

std::vector<AlignmentHead> default_alignment_heads(const WhisperShape& shape, std::uint32_t heads) {
  for (const Published& model : published()) {
    if (same(model.shape, shape)) return model.heads;
  }
  std::vector<AlignmentHead> all;
  for (std::uint32_t layer = shape.decoder_layers / 2; layer < shape.decoder_layers; ++layer) {
    for (std::uint32_t head = 0; head < heads; ++head) all.push_back({layer, head});
  }
  return all;
}

Result<std::vector<AlignmentHead>> read_alignment_heads(const format::JsonConfig& config,
                                                        std::uint32_t layers, std::uint32_t heads) {
  const auto pairs = config.pairs(kKey, 0, UINT32_MAX);
  if (!pairs) return pairs.error();
  const auto wrong = [&](const auto&... what) {
    return base::error(ErrorCode::kCorruptFile, config.name(), ": ", kKey, what...);
  };
  if (pairs->empty()) return wrong(" is empty");
  std::vector<AlignmentHead> all;
  for (const auto& [layer, head] : *pairs) {
    if (layer >= layers || head >= heads) {
      return wrong(" names head ", head, " of layer ", layer, ", expected one of ", heads,
                   " heads of ", layers, " layers, counted from 0");
    }
    const AlignmentHead next{static_cast<std::uint32_t>(layer), static_cast<std::uint32_t>(head)};
    if (std::ranges::find(all, next) != all.end()) {
      return wrong(" names head ", head, " of layer ", layer, " twice");
    }
    all.push_back(next);
  }
  return all;
}

Result<std::vector<AlignmentHead>> parse_alignment_heads(std::string_view text,
                                                         std::uint32_t layers,
                                                         std::uint32_t heads) {
  const auto wrong = [&](const auto&... what) {
    return base::error(ErrorCode::kInvalidArgument, "alignment heads ", base::quote(text), what...);
  };
  const auto json =
      format::JsonConfig::parse("option", base::concat("{\"", kKey, "\":", as_json(text), "}"));
  if (!json) return wrong(": expected \"layer,head;layer,head\"");
  auto all = read_alignment_heads(*json, layers, heads);
  if (!all) return wrong(": ", all.error().message);
  return all;
}

}  // namespace sotto::converter
