#include "tools/http_fields.h"

#include <gtest/gtest.h>

namespace sotto::tools {
namespace {

TEST(HttpFields, NamesAreLowerCaseAndTheLastValueCounts) {
  HttpHead head;
  for (const char* line : {"ETag: \"a\"", "etag:  \"b\" \r\n", "X-Empty:"}) {
    const auto field = parse_field(line);
    ASSERT_TRUE(field) << line;
    head.fields.push_back(*field);
  }
  EXPECT_EQ(head.field("etag"), "\"b\"");
  EXPECT_EQ(head.field("x-empty"), "");
  EXPECT_EQ(head.field("none"), "");
  for (const char* line : {"", "no colon", ": no name", "bad name: x"}) {
    EXPECT_FALSE(parse_field(line)) << line;
  }
}

TEST(HttpFields, LengthsAreDigits) {
  EXPECT_EQ(parse_length("0"), 0U);
  EXPECT_EQ(parse_length("18446744073709551615"), ~std::uint64_t{0});
  for (const char* text :
       {"", "-1", "+1", " 1", "1 ", "1.5", "0x1", "18446744073709551616", "1,1"}) {
    EXPECT_FALSE(parse_length(text)) << text;
  }
}

TEST(HttpFields, RangesOfContent) {
  const auto range = parse_content_range("bytes 5-9/10");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 5U);
  EXPECT_EQ(range->last, 9U);
  EXPECT_EQ(range->total, 10U);
  const auto open = parse_content_range("Bytes 0-0/*");
  ASSERT_TRUE(open);
  EXPECT_FALSE(open->total);
  const auto none = parse_content_range("bytes */10");
  ASSERT_TRUE(none);
  EXPECT_LT(none->last, none->first);
  EXPECT_EQ(none->total, 10U);
  for (const char* text : {"", "bytes", "bytes 5-9", "bytes 9-5/10", "bytes 5-10/10", "bytes 5/10",
                           "bytes -9/10", "bytes 5-/10", "bytes */*", "lines 5-9/10", "bytes 5-9/x",
                           "bytes 5-99999999999999999999/*"}) {
    EXPECT_FALSE(parse_content_range(text)) << text;
  }
}

TEST(HttpFields, OnlyStrongTagsNameBytes) {
  EXPECT_EQ(strong_etag("\"abc\""), "\"abc\"");
  for (const std::string& text :
       {std::string(), std::string("abc"), std::string("W/\"abc\""), std::string("\"\""),
        std::string("\"a\"b\""), std::string("\"a\r\nHost: x\""), std::string("\"a b\""),
        '"' + std::string(300, 'a') + '"'}) {
    EXPECT_FALSE(strong_etag(text)) << text;
  }
}

TEST(HttpFields, HashesOfBigFilesAreTheirTags) {
  const std::string digits(64, 'A');
  const std::string small(64, 'a');
  EXPECT_EQ(sha256_of_etag(digits), small);
  EXPECT_EQ(sha256_of_etag("\"" + digits + "\""), small);
  EXPECT_EQ(sha256_of_etag("W/\"" + digits + "\""), small);
  EXPECT_FALSE(sha256_of_etag(std::string(40, 'a'))) << "git's, of small files";
  EXPECT_FALSE(sha256_of_etag(std::string(64, 'g')));
  EXPECT_FALSE(sha256_of_etag(""));
}

TEST(HttpFields, UrlsAreShownWithoutSecrets) {
  EXPECT_EQ(shown_url("https://me:secret@host:8/a/b?key=secret#secret"), "https://host:8/a/b");
  EXPECT_EQ(shown_url("https://a@b@host/x@y"), "https://host/x@y");
  EXPECT_EQ(shown_url("https://host"), "https://host");
  EXPECT_EQ(shown_url("folder/x"), "folder/x");
  EXPECT_TRUE(is_http_url("HTTP://host"));
  EXPECT_TRUE(is_https_url("https://host"));
  EXPECT_FALSE(is_https_url("http://host"));
  EXPECT_FALSE(is_http_url("httpx://host"));
  EXPECT_FALSE(is_http_url("/https://host"));
}

TEST(HttpFields, PagesAndStandInsAreRecognised) {
  for (const char* page : {"<!DOCTYPE html>", "\n\t <HTML lang=en>", "\xEF\xBB\xBF<head>"}) {
    EXPECT_TRUE(looks_like_html(page)) << page;
  }
  for (const char* file : {"", "{\"a\": \"<html>\"}", "---\nlicense: mit\n---\n<html>"}) {
    EXPECT_FALSE(looks_like_html(file)) << file;
  }
  EXPECT_TRUE(is_lfs_pointer("version https://git-lfs.github.com/spec/v1\noid sha256:0"));
  EXPECT_FALSE(is_lfs_pointer("version 2"));
}

}  // namespace
}  // namespace sotto::tools
