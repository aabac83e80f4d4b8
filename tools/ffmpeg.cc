#include "tools/ffmpeg.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tools/display_text.h"
#include "tools/stdin_sound.h"
#include "tools/terminal.h"

extern char** environ;

namespace sotto::tools {
namespace {

namespace fs = std::filesystem;

constexpr int kRate = 16000;
constexpr std::size_t kMaxBytes = std::size_t{24} * 3600 * kRate * sizeof(std::int16_t);
constexpr std::size_t kMaxMessages = 4096;
constexpr int kPollMilliseconds = 100;

Error failure(ErrorCode code, const std::string& what) { return {code, "ffmpeg " + what}; }

Error failure(int code) {
  return failure(ErrorCode::kIo, "cannot be started: " + std::generic_category().message(code));
}

class Descriptor {
 public:
  ~Descriptor() { close(); }
  void close() {
    if (value >= 0) ::close(std::exchange(value, -1));
  }
  int value = -1;
};

struct Pipe {
  // 0, or the reason why not.
  int open() {
    std::array<int, 2> ends;
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno;
    read.value = ends[0];
    write.value = ends[1];
    return 0;
  }
  Descriptor read;
  Descriptor write;
};

class Child {
 public:
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }

  // 0, or the reason why not.
  int start(const fs::path& program, const std::vector<std::string>& arguments, int out, int err) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));  // posix_spawn() does not change them
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    if (const int code = ::posix_spawn_file_actions_init(&actions); code != 0) return code;
    int code = ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (code == 0) code = ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (code == 0) code = ::posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    if (code == 0) {
      code = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
    }
    ::posix_spawn_file_actions_destroy(&actions);
    if (code != 0) pid_ = 0;
    return code;
  }

  // Whether it ended, of itself, with status 0.
  bool wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
      if (errno != EINTR) return false;
    }
    pid_ = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  pid_t pid_ = 0;
};

// The lines without "[mp3 @ 0x55d2]" before them, printable, "; " between.
std::string one_line(std::string_view messages) {
  std::string line;
  while (!messages.empty()) {
    const std::size_t end = std::min(messages.find('\n'), messages.size());
    std::string_view text = messages.substr(0, end);
    if (text.starts_with('[') && text.find("] ") != std::string_view::npos) {
      text.remove_prefix(text.find("] ") + 2);
    }
    if (!text.empty()) line.append(line.empty() ? "" : "; ").append(printable(text));
    messages.remove_prefix(std::min(end + 1, messages.size()));
  }
  return line;
}

// Reads both pipes to their ends.
Status drain(int out, int err, std::vector<std::byte>& bytes, std::string& messages,
             const std::function<bool()>& stop) {
  std::array<pollfd, 2> ends = {pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  std::vector<std::byte> block(1 << 16);
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (stop()) return Error{ErrorCode::kAborted, "aborted"};
    if (::poll(ends.data(), ends.size(), kPollMilliseconds) < 0 && errno != EINTR) {
      return failure(ErrorCode::kIo, "cannot be heard: " + std::generic_category().message(errno));
    }
    for (pollfd& end : ends) {
      if (end.fd < 0 || end.revents == 0) continue;
      const ssize_t got = ::read(end.fd, block.data(), block.size());
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got <= 0) {
        end.fd = -1;  // poll() leaves it out
        continue;
      }
      const auto size = static_cast<std::size_t>(got);
      if (&end == &ends[1]) {
        const std::size_t room = kMaxMessages - messages.size();
        messages.append(reinterpret_cast<const char*>(block.data()), std::min(size, room));
        continue;
      }
      if (bytes.size() + size > kMaxBytes) {
        return failure(ErrorCode::kOutOfMemory, "gives more than a day of sound");
      }
      bytes.insert(bytes.end(), block.begin(), block.begin() + got);
    }
  }
  return ok();
}

}  // namespace

fs::path find_program(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::string_view folders = path == nullptr ? "" : path;
  while (!folders.empty()) {
    const std::size_t end = std::min(folders.find(':'), folders.size());
    const fs::path folder = folders.substr(0, end);
    folders.remove_prefix(std::min(end + 1, folders.size()));
    std::error_code none;
    if (!folder.is_absolute() || !fs::is_regular_file(folder / name, none)) continue;
    if (::access((folder / name).c_str(), X_OK) == 0) return folder / name;
  }
  return {};
}

Result<Decoded> decode_with_ffmpeg(const fs::path& program, const fs::path& file,
                                   const std::function<bool()>& stop) {
  // A name after "file:" is no option, no other protocol and no pattern. Without rematrix_maxval
  // two equal channels would become one that is louder, and clip.
  const std::vector<std::string> arguments = {program.string(),
                                              "-nostdin",
                                              "-hide_banner",
                                              "-loglevel",
                                              "error",
                                              "-protocol_whitelist",
                                              "file",
                                              "-i",
                                              "file:" + file.string(),
                                              "-map",
                                              "0:a:0",
                                              "-af",
                                              "aresample=rematrix_maxval=1",
                                              "-ac",
                                              "1",
                                              "-ar",
                                              std::to_string(kRate),
                                              "-f",
                                              "s16le",
                                              "pipe:1"};
  Pipe out;
  Pipe err;
  if (const int code = out.open(); code != 0) return failure(code);
  if (const int code = err.open(); code != 0) return failure(code);
  Child child;
  if (const int code = child.start(program, arguments, out.write.value, err.write.value);
      code != 0) {
    return failure(code);
  }
  out.write.close();
  err.write.close();

  std::vector<std::byte> bytes;
  std::string messages;
  if (Status read = drain(out.read.value, err.read.value, bytes, messages, stop); !read) {
    return std::move(read).error();
  }
  messages = one_line(messages);
  if (!child.wait()) {
    return failure(ErrorCode::kUnsupported,
                   messages.empty() ? "cannot read it either" : "says: " + messages);
  }
  if (bytes.empty()) return failure(ErrorCode::kUnsupported, "finds no sound in it");
  Result<Sound> sound = read_pcm(bytes, Pcm::kS16, kRate);
  if (!sound) return std::move(sound).error();
  return Decoded{*std::move(sound), std::move(messages)};
}

}  // namespace sotto::tools
