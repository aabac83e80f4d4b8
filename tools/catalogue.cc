#include "tools/catalogue.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sotto::tools {
namespace {

constexpr std::string_view kCommunity =
    "Moonshine Community License (https://www.moonshine.ai/license)";

constexpr OfficialModel kModels[] = {
    {"tiny", "openai/whisper-tiny", 151, 3776, "apache-2.0", "99"},
    {"tiny.en", "openai/whisper-tiny.en", 151, 3776, "apache-2.0", "en"},
    {"base", "openai/whisper-base", 290, 7259, "apache-2.0", "99"},
    {"base.en", "openai/whisper-base.en", 290, 7259, "apache-2.0", "en"},
    {"small", "openai/whisper-small", 967, 24173, "apache-2.0", "99"},
    {"small.en", "openai/whisper-small.en", 967, 24173, "apache-2.0", "en"},
    {"medium", "openai/whisper-medium", 3056, 76386, "apache-2.0", "99"},
    {"medium.en", "openai/whisper-medium.en", 3056, 76386, "apache-2.0", "en"},
    {"large-v1", "openai/whisper-large", 6173, 154330, "apache-2.0", "99"},
    {"large-v2", "openai/whisper-large-v2", 6173, 154330, "apache-2.0", "99"},
    {"large-v3", "openai/whisper-large-v3", 3087, 154350, "apache-2.0", "100"},
    {"turbo", "openai/whisper-large-v3-turbo", 1618, 80888, "mit", "100"},
    {"distil-small.en", "distil-whisper/distil-small.en", 332, 16613, "mit", "en"},
    {"distil-medium.en", "distil-whisper/distil-medium.en", 789, 39440, "mit", "en"},
    {"distil-large-v2", "distil-whisper/distil-large-v2", 1513, 75640, "mit", "en"},
    {"distil-large-v3", "distil-whisper/distil-large-v3", 1513, 75640, "mit", "en"},
    {"distil-large-v3.5", "distil-whisper/distil-large-v3.5", 1513, 75640, "mit", "en"},
    {"moonshine-tiny", "UsefulSensors/moonshine-tiny", 108, 2710, "mit", "en"},
    {"moonshine-base", "UsefulSensors/moonshine-base", 246, 6150, "mit", "en"},
    {"moonshine-tiny-ar", "UsefulSensors/moonshine-tiny-ar", 108, 2710, kCommunity, "ar", false},
    {"moonshine-tiny-ja", "UsefulSensors/moonshine-tiny-ja", 108, 2710, kCommunity, "ja", false},
    {"moonshine-tiny-ko", "UsefulSensors/moonshine-tiny-ko", 108, 2710, kCommunity, "ko", false},
    {"moonshine-tiny-uk", "UsefulSensors/moonshine-tiny-uk", 108, 2710, kCommunity, "uk", false},
    {"moonshine-tiny-vi", "UsefulSensors/moonshine-tiny-vi", 108, 2710, kCommunity, "vi", false},
    {"moonshine-tiny-zh", "UsefulSensors/moonshine-tiny-zh", 108, 2710, kCommunity, "zh", false},
    {"moonshine-base-ar", "UsefulSensors/moonshine-base-ar", 246, 6150, kCommunity, "ar", false},
    {"moonshine-base-ja", "UsefulSensors/moonshine-base-ja", 246, 6150, kCommunity, "ja", false},
    {"moonshine-base-ko", "UsefulSensors/moonshine-base-ko", 246, 6150, kCommunity, "ko", false},
    {"moonshine-base-uk", "UsefulSensors/moonshine-base-uk", 246, 6150, kCommunity, "uk", false},
    {"moonshine-base-vi", "UsefulSensors/moonshine-base-vi", 246, 6150, kCommunity, "vi", false},
    {"moonshine-base-zh", "UsefulSensors/moonshine-base-zh", 246, 6150, kCommunity, "zh", false},
};

// Second names, as openai/whisper has them.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {{"large", "large-v3"},
                                                                      {"large-v3-turbo", "turbo"}};

}  // namespace

std::span<const OfficialModel> catalogue() { return kModels; }

const OfficialModel* find_official(std::string_view name) {
  for (const auto& [alias, meant] : kAliases) {
    if (name == alias) name = meant;
  }
  const auto found = std::ranges::find_if(kModels, [name](const OfficialModel& model) {
    return model.name == name || model.repository == name;
  });
  return found == std::end(kModels) ? nullptr : &*found;
}

std::vector<std::string> official_names() {
  std::vector<std::string> names;
  for (const OfficialModel& model : kModels) names.emplace_back(model.name);
  for (const auto& [alias, meant] : kAliases) names.emplace_back(alias);
  return names;
}

std::uint64_t most_bytes_as(const OfficialModel& model, std::string_view type) {
  // Bits a value, with room for what stays wider (norms, positions, convolutions).
  constexpr std::pair<std::string_view, std::uint64_t> kBits[] = {
      {"f16", 17}, {"bf16", 17}, {"q8_0", 10}, {"q4_0", 6}};
  std::uint64_t bits = 32;
  for (const auto& [name, value] : kBits) {
    if (name == type) bits = value;
  }
  constexpr std::uint64_t kVocabularyAndNames = 4'000'000;
  return model.parameters_10k * std::uint64_t{10'000} * bits / 8 + kVocabularyAndNames;
}

}  // namespace sotto::tools
