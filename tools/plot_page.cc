#include "tools/plot_page.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "tools/display_text.h"

namespace sotto::tools {
namespace {

constexpr std::size_t kWavHeader = 44;

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark}
body{margin:0;background:#fcfcfa;color:#22252b;
font:16px/1.7 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
main{max-width:1280px;margin:0 auto;padding:0 0 48px}
main>svg{display:block;width:100%;height:auto}
.player{position:sticky;top:0;z-index:1;padding:10px 32px;background:#fcfcfaee}
audio{width:100%;display:block}
.text{padding:0 32px}.text p{margin:0 0 .4em;display:flex;gap:14px}
.text .said{flex:1;min-width:0;overflow-wrap:anywhere}
.text time{color:#666b75;font-size:13px;line-height:2.1;font-variant-numeric:tabular-nums;flex:none}
.sotto-item,.sotto-row{cursor:pointer}
.word{cursor:pointer;border-bottom:2px solid transparent;border-radius:2px}
.sotto-item:hover .sotto-word,.sotto-item.now .sotto-word{font-weight:700}
.word:hover,.word.now{background:#e3e9f2}
.sotto-item:focus-visible,.word:focus-visible{outline:2px solid #0072b2;outline-offset:1px}
#head{stroke:#c84614;stroke-width:1.5;pointer-events:none}
@media (prefers-color-scheme:dark){body{background:#15171b;color:#e8e9ec}
.player{background:#15171bee}.text time{color:#9aa0ab}.word:hover,.word.now{background:#2c3442}}
)css";

constexpr std::string_view kScript = R"js(
"use strict";
const audio = document.querySelector("audio");
const svg = document.querySelector("main > svg");
const rows = [...svg.querySelectorAll(".sotto-row")];
const items = [...document.querySelectorAll("[data-start].sotto-item, .word")];
const head = document.createElementNS("http://www.w3.org/2000/svg", "line");
head.id = "head";
const number = (element, name) => Number(element.dataset[name]);

function play(seconds) {
  audio.currentTime = seconds;
  audio.play().catch(() => {});
}

function place(event) {
  const item = event.target.closest(".sotto-item, .word");
  if (item) return number(item, "start");
  const row = event.target.closest(".sotto-row");
  if (!row) return null;
  const at = new DOMPoint(event.clientX, event.clientY)
    .matrixTransform(svg.getScreenCTM().inverse());
  const part = (at.x - number(row, "x")) / number(row, "width");
  const start = number(row, "start");
  return start + Math.min(Math.max(part, 0), 1) * (number(row, "end") - start);
}

function show() {
  const now = audio.currentTime;
  for (const item of items) {
    const here = now >= number(item, "start") && now < number(item, "end");
    item.classList.toggle("now", here);
  }
  const row = rows.find(each => now < number(each, "end")) || rows[rows.length - 1];
  const start = number(row, "start");
  const part = Math.min((now - start) / (number(row, "end") - start), 1);
  const x = number(row, "x") + part * number(row, "width");
  head.setAttribute("x1", x);
  head.setAttribute("x2", x);
  head.setAttribute("y1", number(row, "y"));
  head.setAttribute("y2", number(row, "y") + number(row, "height"));
  if (head.parentNode !== row) row.append(head);
}

function follow() {
  show();
  if (!audio.paused) requestAnimationFrame(follow);
}

document.addEventListener("click", event => {
  const seconds = place(event);
  if (seconds !== null) play(seconds);
});
document.addEventListener("keydown", event => {
  if (event.key !== "Enter" && event.key !== " ") return;
  const item = event.target.closest(".sotto-item, .word");
  if (item) play(number(item, "start"));
  else if (event.key === " " && event.target === document.body) {
    if (audio.paused) audio.play().catch(() => {});
    else audio.pause();
  } else return;
  event.preventDefault();
});
audio.addEventListener("play", follow);
audio.addEventListener("seeked", show);
show();
)js";

void append_little(std::string& bytes, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xFFU));
}

std::string seconds_of(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

std::string clock(double seconds) {
  const auto whole = static_cast<long long>(seconds);
  char text[64];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                  whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  }
  return text;
}

// A word to click on, or a segment without words, underlined in the colour of its confidence.
void append_spoken(std::string& html, const Spoken& spoken) {
  const std::string text = xml_text(spoken.text);
  const std::size_t first = std::min(text.find_first_not_of(' '), text.size());
  html.append(first, ' ');
  html.append("<span class=\"word\" tabindex=\"0\" role=\"button\" data-start=\"");
  html.append(seconds_of(spoken.start_seconds)).append("\" data-end=\"");
  html.append(seconds_of(spoken.end_seconds)).append("\"");
  if (spoken.probability) {
    html.append(" style=\"border-color:").append(confidence_colour(*spoken.probability));
    html.append("\"");
  }
  html.append(">").append(text, first, std::string::npos).append("</span>");
}

std::string transcript_html(const SpokenText& text) {
  std::string html;
  for (const SpokenSegment& segment : text.segments) {
    html.append("<p><time>").append(clock(segment.spoken.start_seconds)).append("</time>");
    html.append("<span class=\"said\" dir=\"auto\">");
    for (const Spoken& word : segment.words) append_spoken(html, word);
    if (segment.words.empty()) append_spoken(html, segment.spoken);
    html.append("</span></p>\n");
  }
  return html;
}

}  // namespace

std::string wav_bytes(const Sound& sound) {
  const auto data = static_cast<std::uint32_t>(sound.samples.size() * 2);
  const auto rate = static_cast<std::uint32_t>(sound.sample_rate);
  std::string bytes;
  bytes.reserve(kWavHeader + data);
  bytes.append("RIFF");
  append_little(bytes, data + 36, 4);
  bytes.append("WAVEfmt ");
  append_little(bytes, 16, 4);
  append_little(bytes, 1, 2);  // PCM
  append_little(bytes, 1, 2);  // channels
  append_little(bytes, rate, 4);
  append_little(bytes, rate * 2, 4);
  append_little(bytes, 2, 2);
  append_little(bytes, 16, 2);
  bytes.append("data");
  append_little(bytes, data, 4);
  for (const float sample : sound.samples) {
    const long value = std::lrint(std::clamp(sample, -1.0F, 1.0F) * 32767.0F);
    append_little(bytes, static_cast<std::uint32_t>(value), 2);
  }
  return bytes;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      group = group << 8U | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
    }
    for (int shift = 18; shift >= 0; shift -= 6) text.push_back(kDigits[group >> shift & 63U]);
  }
  const std::size_t missing = (3 - bytes.size() % 3) % 3;
  text.replace(text.size() - missing, missing, missing, '=');
  return text;
}

std::string uri_path(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  std::string uri;
  for (const char c : path) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alnum || kPlain.find(c) != std::string_view::npos) {
      uri.push_back(c);
      continue;
    }
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned>(c) & 0xFFU);
    uri.append(escaped);
  }
  return uri;
}

Result<std::string> plot_page(const SpokenText& text, const Sound& sound, PlotOptions options,
                              const std::string& link) {
  const std::size_t bytes = kWavHeader + sound.samples.size() * 2;
  if (link.empty() && bytes > kMaxEmbeddedBytes) {
    std::string reason = "the sound takes " + std::to_string(bytes) + " bytes, a page holds ";
    reason.append(std::to_string(kMaxEmbeddedBytes)).append(" at most: --link-audio links to it");
    return Error{ErrorCode::kInvalidArgument, reason};
  }
  options.interactive = true;
  const Result<std::string> svg = plot_svg(text, sound, options);
  if (!svg) return svg.error();

  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'; media-src ";
  html.append(link.empty() ? "data:" : "'self' file:").append("\">\n<title>");
  html.append(xml_text(options.title)).append("</title>\n<style>").append(kStyle);
  html.append("</style>\n</head>\n<body>\n<main>\n<div class=\"player\">");
  html.append("<audio controls preload=\"auto\" src=\"");
  if (link.empty()) {
    html.append("data:audio/wav;base64,").append(base64(wav_bytes(sound)));
  } else {
    html.append(xml_text(link));
  }
  html.append("\"></audio></div>\n").append(*svg).append("<section class=\"text\">\n");
  html.append(transcript_html(text)).append("</section>\n</main>\n<script>").append(kScript);
  return html.append("</script>\n</body>\n</html>\n");
}

}  // namespace sotto::tools
