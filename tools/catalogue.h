// The official checkpoints that `sotto pull` knows by name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::tools {

struct OfficialModel {
  std::string_view name;            // "tiny.en"
  std::string_view repository;      // on huggingface.co: "openai/whisper-tiny.en"
  std::uint32_t download_mb;        // about; of the weights, which are nearly all of it
  std::uint32_t parameters_10k;     // about; tens of thousands
  std::string_view license;         // as its publisher states it
  std::string_view languages;       // "en", or how many
  bool card_states_license = true;  // false: the model card says no more than "other"

  bool whisper() const { return !repository.starts_with("UsefulSensors/"); }
};

// In the order of families and sizes.
std::span<const OfficialModel> catalogue();

// By its name, a second name ("large" for large-v3) or its repository; null if there is none.
const OfficialModel* find_official(std::string_view name);

// All names, the second ones too.
std::vector<std::string> official_names();

// How large its file is at most in a type ("q8_0"); "exact" may be what F32 is.
std::uint64_t most_bytes_as(const OfficialModel& model, std::string_view type);

}  // namespace sotto::tools
