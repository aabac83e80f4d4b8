#include <sotto/sotto.hpp>

#include "lib/api/wall.h"
#include "lib/audio/audio.h"
#include "lib/convert/convert.h"
#include "lib/convert/synthetic.h"
#include "lib/text/languages.h"
#include "lib/text/normalizer.h"
#include "lib/text/word_error_rate.h"

namespace sotto {

std::string_view version() noexcept { return SOTTO_VERSION; }

Result<Sound> read_sound(const std::filesystem::path& file) noexcept {
  return api::guarded<Result<Sound>>([&]() -> Result<Sound> {
    Result<audio::Sound> sound = audio::read_file(file);
    if (!sound) return std::move(sound).error();
    return Sound{std::move(sound->samples), sound->sample_rate};
  });
}

Result<Sound> read_sound(std::span<const std::byte> bytes, std::string_view name) noexcept {
  return api::guarded<Result<Sound>>([&]() -> Result<Sound> {
    Result<audio::Sound> sound = audio::read_bytes(std::string(name), bytes);
    if (!sound) return std::move(sound).error();
    return Sound{std::move(sound->samples), sound->sample_rate};
  });
}

std::span<const Language> languages() noexcept { return text::languages(); }

std::span<const Language> language_aliases() noexcept { return text::language_aliases(); }

Result<std::string> normalize(std::string_view text, Normalizer normalizer) noexcept {
  return api::guarded<Result<std::string>>([&]() -> Result<std::string> {
    switch (normalizer) {
      case Normalizer::kBasic: return text::normalize_basic(text);
      case Normalizer::kEnglish: return text::normalize_english(text);
    }
    return Error{ErrorCode::kInvalidArgument, "normalizer: no such one"};
  });
}

Result<WordErrors> count_word_errors(std::string_view reference,
                                     std::string_view hypothesis) noexcept {
  return api::guarded<Result<WordErrors>>([&]() -> Result<WordErrors> {
    const text::WordErrors errors = text::count_word_errors(reference, hypothesis);
    return WordErrors{errors.words(), errors.substitutions, errors.deletions, errors.insertions};
  });
}

Status convert(const std::filesystem::path& source, const std::filesystem::path& target,
               const ConvertOptions& options) noexcept {
  return api::guarded<Status>([&] { return converter::convert(source, target, options); });
}

Result<std::vector<std::byte>> synthetic_model(std::string_view model,
                                               std::string_view type) noexcept {
  return api::guarded<Result<std::vector<std::byte>>>(
      [&] { return converter::synthetic_model(model, type); });
}

}  // namespace sotto
