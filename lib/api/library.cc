#include <sotto/sotto.hpp>

#include "lib/api/wall.h"
#include "lib/audio/audio.h"
#include "lib/convert/convert.h"

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

Status convert(const std::filesystem::path& source, const std::filesystem::path& target,
               const ConvertOptions& options) noexcept {
  return api::guarded<Status>([&] { return converter::convert(source, target, options); });
}

}  // namespace sotto
