#include "tools/download.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "tools/sha256.h"
#include "tools/text_parts.h"

namespace sotto::tools {
namespace {

constexpr int kMostRedirects = 10;

// What the beginning of a file is known of, to continue it with nothing else.
struct Identity {
  std::string etag;    // strong, of the server that sent it; or empty
  std::string sha256;  // of the whole, as the publisher states it; or empty
  std::optional<std::uint64_t> size;

  bool known() const { return !etag.empty() || !sha256.empty(); }
};

std::filesystem::path state_file(const std::filesystem::path& file) {
  return file.native() + ".state";
}

std::optional<Identity> read_state(const std::filesystem::path& file) {
  constexpr std::size_t kMostBytes = 4096;
  std::ifstream in(state_file(file), std::ios::binary);
  std::string text(kMostBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto string = [&json](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  Identity identity;
  identity.etag = strong_etag(string("etag")).value_or("");
  identity.sha256 = sha256_of_etag(string("sha256")).value_or("");
  if (const auto size = json.find("size"); size != json.end() && size->is_number_unsigned()) {
    identity.size = size->get<std::uint64_t>();
  }
  return identity.known() ? std::optional(identity) : std::nullopt;
}

bool write_state(const std::filesystem::path& file, const Identity& identity) {
  nlohmann::json json = {{"etag", identity.etag}, {"sha256", identity.sha256}};
  if (identity.size) json["size"] = *identity.size;
  std::ofstream out(state_file(file), std::ios::binary | std::ios::trunc);
  out << json.dump() << '\n';
  out.close();
  return out.good();
}

void remove_both(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  std::filesystem::remove(state_file(file), ignored);
}

std::string explain_status(int status) {
  const std::string number = std::to_string(status);
  switch (status) {
    case 401:
      return number +
             ": the server wants a login (Hugging Face says so of what does not exist, too)";
    case 403: return number + ": the server does not allow it";
    case 404: return number + ": not found";
    case 407: return number + ": the proxy wants a login";
    case 429: return number + ": too many requests; wait a while";
    default:
      return status >= 500 ? number + ": the server has a fault" : "the server answered " + number;
  }
}

// One download: a chain of requests, each answered to this object.
class Attempt : public HttpSink {
 public:
  Attempt(Http& http, const Download& what) : http_(http), what_(what) {}
  ~Attempt() override { close(); }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  DownloadResult run() {
    find_beginning();
    // The second time without a range, if the first one did not fit what the server has now.
    for (int time = 0; time < 2; ++time) {
      anew_ = false;
      const Result<HttpHead> last = follow();
      const bool closed = close();
      if (anew_) {
        forget_beginning();
        continue;
      }
      return settle(last, closed);
    }
    return fail(ErrorCode::kCorruptFile, "the server changes what it says of the file");
  }

  bool begin(const HttpHead& head) override {
    status_ = head.status;
    const bool had_beginning = have_ > 0;
    note_published(head);
    if (had_beginning && have_ == 0 && status_ != 200) return start_anew();
    if (status_ == 416 && have_ > 0) return start_anew();
    if (status_ == 206 && have_ > 0) return continue_file(head);
    if (status_ != 200) return false;
    return start_file(head);
  }

  bool take(std::span<const std::byte> part) override {
    if (expected_ && part.size() > *expected_ - at_) {
      return refuse(ErrorCode::kCorruptFile, "the server sends more than it stated");
    }
    if (at_ + part.size() > what_.most_bytes) return refuse_size(at_ + part.size());
    if (at_ == 0 && !check_beginning(part)) return false;
    const std::byte* from = part.data();
    for (std::size_t left = part.size(); left > 0;) {
      const ssize_t n = ::write(descriptor_, from, left);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return refuse_writing(n == 0 ? ENOSPC : errno);
      from += n;
      left -= static_cast<std::size_t>(n);
      at_ += static_cast<std::uint64_t>(n);
    }
    if (what_.progress) what_.progress(at_, expected_);
    return true;
  }

 private:
  // ---- before the request

  void find_beginning() {
    std::error_code none;
    const std::uintmax_t bytes = std::filesystem::file_size(what_.file, none);
    const std::optional<Identity> identity = none ? std::nullopt : read_state(what_.file);
    if (!identity || bytes == 0 || (identity->size && bytes > *identity->size)) {
      forget_beginning();
      return;
    }
    have_ = bytes;
    identity_ = *identity;
  }

  void forget_beginning() {
    have_ = 0;
    identity_ = {};
    remove_both(what_.file);
  }

  std::vector<std::string> request_fields() const {
    std::vector<std::string> fields = {"Accept: */*", "Accept-Encoding: identity"};
    if (have_ == 0) return fields;
    // From the last byte on that there is: so the answer for a whole file is one byte, not an
    // error.
    fields.push_back(concat({"Range: bytes=", std::to_string(have_ - 1), "-"}));
    // Where the publisher's hash is still the same, it says more than the tag of one server.
    const bool same = !identity_.sha256.empty() && identity_.sha256 == published_.sha256;
    if (!same && !identity_.etag.empty()) fields.push_back("If-Range: " + identity_.etag);
    return fields;
  }

  // ---- requests

  Result<HttpHead> follow() {
    std::string url = what_.url;
    published_ = {};
    for (int redirects = 0;; ++redirects) {
      status_ = 0;
      problem_.reset();
      where_ = url;
      Result<HttpHead> head = http_.get(url, request_fields(), *this);
      if (problem_ || !head || head->location.empty()) return head;
      note_published(*head);
      if (redirects == kMostRedirects) {
        refuse(ErrorCode::kCorruptFile,
               concat({"redirects more than ", std::to_string(kMostRedirects), " times"}));
        return head;
      }
      if (!is_http_url(head->location) || (is_https_url(url) && !is_https_url(head->location))) {
        refuse(ErrorCode::kUnsupported,
               concat({"redirects to ", shown_url(head->location), ", which is not as safe"}));
        return head;
      }
      url = head->location;
    }
  }

  // Hugging Face states size and hash where it redirects from, to servers that do not know them.
  void note_published(const HttpHead& head) {
    if (published_.sha256.empty()) {
      published_.sha256 = sha256_of_etag(head.field("x-linked-etag")).value_or("");
    }
    if (!published_.size) published_.size = parse_length(head.field("x-linked-size"));
    if (have_ > 0 && !identity_.sha256.empty() && !published_.sha256.empty() &&
        identity_.sha256 != published_.sha256) {
      forget_beginning();  // another file by now: the next request asks for all of it
    }
  }

  // ---- the answer

  bool start_file(const HttpHead& head) {
    if (!check_encoding(head) || !check_not_html(head)) return false;
    const std::optional<std::uint64_t> length = parse_length(head.field("content-length"));
    forget_beginning();
    identity_ = published_;
    identity_.etag = strong_etag(head.field("etag")).value_or("");
    if (!identity_.size) identity_.size = length;
    if (length && length != identity_.size) return refuse_mismatch(*length, *identity_.size);
    expected_ = identity_.size;
    checksum_ = published_.sha256;
    if (head.field("accept-ranges") == "none") identity_ = {};  // nothing to continue
    at_ = 0;
    return open_file(O_TRUNC);
  }

  bool continue_file(const HttpHead& head) {
    const auto range = parse_content_range(head.field("content-range"));
    if (!check_encoding(head)) return false;
    const bool fits = range && range->total && range->first == have_ - 1 &&
                      range->last + 1 == *range->total && *range->total >= have_ &&
                      (!identity_.size || *identity_.size == *range->total) &&
                      (!published_.size || *published_.size == *range->total);
    const std::optional<std::string> etag = strong_etag(head.field("etag"));
    const bool same_hash = !identity_.sha256.empty() && identity_.sha256 == published_.sha256;
    const bool other = !same_hash && !identity_.etag.empty() && etag && *etag != identity_.etag;
    if (!fits || other) return start_anew();
    expected_ = range->total;
    checksum_ = identity_.sha256.empty() ? published_.sha256 : identity_.sha256;
    at_ = have_ - 1;
    return open_file(0);
  }

  bool open_file(int flags) {
    if (expected_ && *expected_ > what_.most_bytes) return refuse_size(*expected_);
    if (expected_ && what_.room) {
      if (const Status status = what_.room(*expected_ - at_); !status) {
        problem_ = status.error();
        return false;
      }
    }
    descriptor_ = ::open(what_.file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    if (descriptor_ < 0 || ::lseek(descriptor_, static_cast<off_t>(at_), SEEK_SET) < 0) {
      return refuse_writing(errno);
    }
    if (identity_.known() && !write_state(what_.file, identity_)) return refuse_writing(EIO);
    started_ = true;
    return true;
  }

  bool check_encoding(const HttpHead& head) {
    const std::string_view encoding = head.field("content-encoding");
    if (encoding.empty() || encoding == "identity") return true;
    return refuse(ErrorCode::kUnsupported,
                  concat({"the server sends it encoded as ", encoding, ", unasked"}));
  }

  bool check_not_html(const HttpHead& head) {
    return head.field("content-type").starts_with("text/html") ? refuse_html() : true;
  }

  bool check_beginning(std::span<const std::byte> part) {
    const std::string_view text(reinterpret_cast<const char*>(part.data()), part.size());
    if (looks_like_html(text)) return refuse_html();
    if (!is_lfs_pointer(text)) return true;
    return refuse(ErrorCode::kCorruptFile,
                  "is the stand-in that Git LFS leaves for a big file: the mirror lacks the file "
                  "itself");
  }

  // ---- problems found in an answer; all return false, which ends it

  // The file as it was asked for: where redirects lead to says nothing to people.
  std::string named() const {
    const std::string asked = shown_url(what_.url);
    if (where_ == what_.url) return asked;
    const std::string there = shown_url(where_);
    return concat(
        {asked, " (redirected to ", there.substr(0, there.find('/', there.find("//") + 2)), ")"});
  }

  // Of the connection, which names the URL that was asked last.
  std::string renamed(const std::string& message) const {
    const std::string there = shown_url(where_);
    return message.starts_with(there) ? named() + message.substr(there.size()) : message;
  }

  bool start_anew() {
    anew_ = true;
    return false;
  }

  bool refuse(ErrorCode code, std::string_view reason) {
    problem_ = Error{code, concat({named(), ": ", reason})};
    useless_ = started_;  // what was there before may be good
    return false;
  }

  bool refuse_html() {
    return refuse(
        ErrorCode::kCorruptFile,
        "is a page of HTML, not the file: does a login page or a portal stand before it?");
  }

  bool refuse_size(std::uint64_t bytes) {
    return refuse(ErrorCode::kCorruptFile,
                  concat({"is of ", format_bytes(bytes), ", more than such a file can be (",
                          format_bytes(what_.most_bytes), ")"}));
  }

  bool refuse_mismatch(std::uint64_t length, std::uint64_t stated) {
    return refuse(ErrorCode::kCorruptFile,
                  concat({"is of ", std::to_string(length), " bytes, its publisher states ",
                          std::to_string(stated)}));
  }

  bool refuse_writing(int code) {
    problem_ = Error{ErrorCode::kIo,
                     concat({what_.file.native(), ": ", std::generic_category().message(code)})};
    return false;
  }

  // ---- after the last answer

  bool close() { return descriptor_ < 0 || ::close(std::exchange(descriptor_, -1)) == 0; }

  DownloadResult settle(const Result<HttpHead>& last, bool closed) {
    if (problem_) return fail(problem_->code, problem_->message);
    if (!last) {
      DownloadResult result = fail(last.error().code, renamed(last.error().message));
      result.may_pass = last.error().code == ErrorCode::kIo && status_ != 0;
      return result;
    }
    if (status_ == 404) {
      remove_both(what_.file);
      return {.kind = DownloadResult::Kind::kMissing};
    }
    if (!started_) {
      const int status = last->status;
      DownloadResult result = fail(ErrorCode::kIo, concat({named(), ": ", explain_status(status)}));
      result.may_pass = status == 429 || status >= 500;
      return result;
    }
    if (!closed) {
      refuse_writing(errno);
      return fail(problem_->code, problem_->message);
    }
    if (expected_ && at_ != *expected_) {
      DownloadResult result =
          fail(ErrorCode::kIo, concat({named(), ": the connection was cut after ",
                                       format_bytes(at_), " of ", format_bytes(*expected_)}));
      result.may_pass = true;
      return result;
    }
    return check_sum();
  }

  DownloadResult check_sum() {
    if (checksum_.empty()) return {.kind = DownloadResult::Kind::kWhole};
    const Result<std::string> found = sha256_of_file(what_.file);
    if (!found) return fail(found.error().code, found.error().message);
    if (*found == checksum_) return {.kind = DownloadResult::Kind::kWhole};
    refuse(ErrorCode::kCorruptFile, concat({"its SHA-256 is ", *found, ", its publisher states ",
                                            checksum_, "; it was thrown away"}));
    return fail(problem_->code, problem_->message);
  }

  DownloadResult fail(ErrorCode code, const std::string& message) {
    DownloadResult result{.error = {code, message}};
    std::error_code none;
    const std::uintmax_t bytes = std::filesystem::file_size(what_.file, none);
    if (useless_ || none || bytes == 0 || !read_state(what_.file)) {
      remove_both(what_.file);
    } else {
      result.kept = bytes;
    }
    return result;
  }

  Http& http_;
  const Download& what_;

  std::uint64_t have_ = 0;  // bytes from before
  Identity identity_;       // of the file on disk
  Identity published_;      // what the answers state so far

  std::string where_;  // the URL that is asked now
  int status_ = 0;
  bool anew_ = false;     // ask again for the whole
  bool started_ = false;  // the file is open
  bool useless_ = false;  // what there is of it must not be kept
  std::optional<Error> problem_;
  std::optional<std::uint64_t> expected_;  // bytes of the whole
  std::string checksum_;                   // what it must have, if not empty
  std::uint64_t at_ = 0;                   // where the next byte goes
  int descriptor_ = -1;
};

}  // namespace

DownloadResult download(Http& http, const Download& what) { return Attempt(http, what).run(); }

}  // namespace sotto::tools
