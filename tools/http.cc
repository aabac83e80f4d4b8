#include "tools/http.h"

#ifdef SOTTO_WITH_CURL
#include <curl/curl.h>
#include <dlfcn.h>
#include <sotto/sotto.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <type_traits>
#endif

#include "tools/text_parts.h"

namespace sotto::tools {

#ifdef SOTTO_WITH_CURL
namespace {

// libcurl, opened when something is to be downloaded: it and the twenty libraries that it stands on
// would take 6 MB in every transcription.
struct Curl {
  decltype(&curl_global_init) global_init;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_reset) easy_reset;
  CURLcode (*easy_setopt)(CURL*, CURLoption, ...);
  CURLcode (*easy_perform)(CURL*);
  CURLcode (*easy_getinfo)(CURL*, CURLINFO, ...);
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;

  // Null where there is no such library here.
  static const Curl* library() {
    static const Curl curl;
    return curl.complete_ ? &curl : nullptr;
  }

 private:
  Curl() {
    void* const library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::decay_t<decltype(function)>>(::dlsym(library, name));
      complete_ = complete_ && function != nullptr;
    };
    complete_ = true;
    find(global_init, "curl_global_init");
    find(easy_init, "curl_easy_init");
    find(easy_reset, "curl_easy_reset");
    find(easy_setopt, "curl_easy_setopt");
    find(easy_perform, "curl_easy_perform");
    find(easy_getinfo, "curl_easy_getinfo");
    find(easy_strerror, "curl_easy_strerror");
    find(easy_cleanup, "curl_easy_cleanup");
    find(slist_append, "curl_slist_append");
    find(slist_free_all, "curl_slist_free_all");
    complete_ = complete_ && global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  }

  bool complete_ = false;
};

// An answer that is coming in.
struct Answer {
  HttpSink* sink = nullptr;
  HttpHead head;
  std::size_t head_bytes = 0;
  bool begun = false;
  bool wanted = true;
  std::size_t skipped = 0;  // of the body of a redirect
};

constexpr std::size_t kMostHeadBytes = 256 * 1024;
constexpr std::size_t kMostSkipped = 1024 * 1024;

bool is_redirect(int status) { return status >= 300 && status < 400 && status != 304; }

std::size_t on_head_line(char* data, std::size_t, std::size_t size, void* user) {
  Answer& answer = *static_cast<Answer*>(user);
  answer.head_bytes += size;
  if (answer.head_bytes > kMostHeadBytes) return 0;
  if (answer.begun) return size;  // a trailer
  std::string_view line(data, size);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    const std::size_t blank = std::min(line.find(' '), line.size() - 1);
    answer.head = {};
    answer.head.status = static_cast<int>(parse_length(line.substr(blank + 1, 3)).value_or(0));
  } else if (!line.empty()) {
    if (auto field = parse_field(line)) answer.head.fields.push_back(*std::move(field));
  } else if (answer.head.status >= 200) {  // the others announce another head
    answer.begun = true;
    if (!is_redirect(answer.head.status)) answer.wanted = answer.sink->begin(answer.head);
  }
  return size;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  Answer& answer = *static_cast<Answer*>(user);
  if (is_redirect(answer.head.status)) {
    answer.skipped += size;
    return answer.skipped > kMostSkipped ? 0 : size;
  }
  if (!answer.begun || !answer.wanted) return 0;
  answer.wanted = answer.sink->take(std::as_bytes(std::span(data, size)));
  return answer.wanted ? size : 0;
}

class CurlHttp : public Http {
 public:
  CurlHttp(const Curl& curl, CURL* handle, std::chrono::seconds stall)
      : curl_(curl), handle_(handle), stall_(stall) {}
  ~CurlHttp() override { curl_.easy_cleanup(handle_); }
  CurlHttp(const CurlHttp&) = delete;
  CurlHttp& operator=(const CurlHttp&) = delete;

  Result<HttpHead> get(const std::string& url, const std::vector<std::string>& fields,
                       HttpSink& sink) override {
    Answer answer;
    answer.sink = &sink;
    char detail[CURL_ERROR_SIZE] = "";
    curl_slist* list = nullptr;
    for (const std::string& field : fields) list = curl_.slist_append(list, field.c_str());
    const CURLcode code = perform(url, list, answer, detail);
    curl_.slist_free_all(list);
    if (code == CURLE_WRITE_ERROR && answer.begun) return answer.head;  // the sink's will
    if (code != CURLE_OK) return explain(url, code, detail);
    char* location = nullptr;
    curl_.easy_getinfo(handle_, CURLINFO_REDIRECT_URL, &location);
    if (location != nullptr) answer.head.location = location;
    return answer.head;
  }

 private:
  CURLcode perform(const std::string& url, curl_slist* fields, Answer& answer, char* detail) {
    curl_.easy_reset(handle_);  // keeps the connections
    const auto set = [this](CURLoption option, auto value) {
      curl_.easy_setopt(handle_, option, value);
    };
    set(CURLOPT_URL, url.c_str());
    if (curl_.easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK) {
      return CURLE_UNSUPPORTED_PROTOCOL;
    }
    set(CURLOPT_HTTPHEADER, fields);
    for (const char* variable : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {  // as the curl command does
      const char* const file = std::getenv(variable);
      if (file != nullptr && *file != '\0') set(CURLOPT_CAINFO, file);
    }
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_USERAGENT, user_agent_.c_str());
    set(CURLOPT_ERRORBUFFER, detail);
    set(CURLOPT_BUFFERSIZE, 128L * 1024L);
    // Fewer bytes a second than this are none.
    set(CURLOPT_LOW_SPEED_LIMIT, 10L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(stall_.count()));
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(std::min<std::int64_t>(stall_.count(), 30)));
    set(CURLOPT_HEADERFUNCTION, &on_head_line);
    set(CURLOPT_HEADERDATA, &answer);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, &answer);
    return curl_.easy_perform(handle_);
  }

  Error explain(const std::string& url, CURLcode code, const char* detail) const {
    const std::string_view why = *detail != '\0' ? detail : curl_.easy_strerror(code);
    const std::string where = shown_url(url) + ": ";
    switch (code) {
      case CURLE_COULDNT_RESOLVE_PROXY:
        return {ErrorCode::kIo, concat({where,
                                        "the proxy of the environment (http_proxy, "
                                        "https_proxy, all_proxy): ",
                                        why})};
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_CONNECT:
        return {ErrorCode::kIo,
                concat({where, "cannot be reached: ", why,
                        "; offline? --from FOLDER takes the model from a folder, --from URL from "
                        "a mirror"})};
      case CURLE_OPERATION_TIMEDOUT:
        return {ErrorCode::kIo, concat({where, "nothing came for ", std::to_string(stall_.count()),
                                        " s (--timeout)"})};
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CACERT_BADFILE:
        return {ErrorCode::kUnsupported,
                concat({where, why, "; SSL_CERT_FILE names a file of certificates to trust"})};
      case CURLE_URL_MALFORMAT:
      case CURLE_UNSUPPORTED_PROTOCOL: return {ErrorCode::kUnsupported, concat({where, why})};
      case CURLE_WRITE_ERROR:
        return {ErrorCode::kUnsupported, concat({where,
                                                 "a head or a redirect of no reasonable "
                                                 "size"})};
      default: return {ErrorCode::kIo, concat({where, "the connection was cut: ", why})};
    }
  }

  const Curl& curl_;
  CURL* handle_;
  std::chrono::seconds stall_;
  std::string user_agent_ = "sotto/" + std::string(version());
};

}  // namespace

Result<std::unique_ptr<Http>> make_http(std::chrono::seconds stall) {
  const Curl* const curl = Curl::library();
  if (curl == nullptr) {
    return Error{ErrorCode::kUnsupported,
                 "libcurl (libcurl.so.4) is not installed here: nothing can be downloaded; --from "
                 "FOLDER takes a model from a folder"};
  }
  CURL* const handle = curl->easy_init();
  if (handle == nullptr) return Error{ErrorCode::kOutOfMemory, "libcurl cannot be started"};
  return std::unique_ptr<Http>(std::make_unique<CurlHttp>(*curl, handle, stall));
}

#else

Result<std::unique_ptr<Http>> make_http(std::chrono::seconds) {
  return Error{ErrorCode::kUnsupported,
               "this sotto was built without libcurl (SOTTO_WITH_CURL): it downloads nothing; "
               "--from FOLDER takes a model from a folder"};
}

#endif

}  // namespace sotto::tools
