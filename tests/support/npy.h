// Reads the arrays of golden directories: NumPy .npy, little-endian f32 or i32, C order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace sotto::test {

struct Npy {
  std::vector<std::size_t> shape;
  std::vector<float> values;
};

// Throws std::runtime_error with the path where the file is something else.
inline Npy read_npy(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  const auto fail = [&](const char* what) {
    throw std::runtime_error(path.string() + ": " + what);
  };
  if (all.size() < 10 || all.compare(0, 6, "\x93NUMPY") != 0) fail("no .npy file");
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(all[i]));
  };
  const std::size_t start = all[6] == 1 ? 10 : 12;
  const std::size_t length = byte(8) | (byte(9) << 8);
  if (all.size() < start + length) fail("truncated");
  const std::string header = all.substr(start, length);
  if (header.find("'<f4'") == std::string::npos) fail("not f32");
  if (header.find("'fortran_order': False") == std::string::npos) fail("not in C order");

  Npy npy;
  std::size_t count = 1;
  std::size_t at = header.find("'shape': (") + 10;
  for (const std::size_t end = header.find(')', at); at < end;) {
    const std::size_t used = header.find_first_not_of("0123456789", at);
    if (used == at) {
      ++at;  // a comma or a blank
      continue;
    }
    npy.shape.push_back(std::stoul(header.substr(at, used - at)));
    count *= npy.shape.back();
    at = used;
  }
  if (all.size() != start + length + count * sizeof(float)) fail("size does not fit the shape");
  npy.values.resize(count);
  std::memcpy(npy.values.data(), all.data() + start + length, count * sizeof(float));
  return npy;
}

}  // namespace sotto::test
