// Sound of whatever ffmpeg reads, through a pipe from the program where it is installed.
#pragma once

#include <sotto/sotto.hpp>

#include <filesystem>
#include <functional>
#include <string>

namespace sotto::tools {

// The first executable file of that name in the folders of $PATH that are absolute; empty: none.
std::filesystem::path find_program(const std::string& name);

struct Decoded {
  Sound sound;           // 16 kHz, the mean of the channels
  std::string messages;  // what the program complained about though it went on; a line each
};

// The first sound track of a file. `program` is started without a shell, gets the file's name where
// it can be nothing else, and may open nothing but files. Errors: kUnsupported, with what the
// program said; kIo (it cannot be started); kAborted (`stop` said so, asked at least ten times a
// second); kOutOfMemory (more than a day of sound). No process is left behind.
Result<Decoded> decode_with_ffmpeg(const std::filesystem::path& program,
                                   const std::filesystem::path& file,
                                   const std::function<bool()>& stop);

}  // namespace sotto::tools
