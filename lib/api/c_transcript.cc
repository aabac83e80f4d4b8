// Transcripts of sotto.h: what they hold, and the hooks that see them grow.
#include <span>

#include "lib/api/c_objects.h"

namespace {

const sotto::Segment* from(const sotto_segment* segment) {
  return reinterpret_cast<const sotto::Segment*>(segment);
}
const sotto_segment* to(const sotto::Segment* segment) {
  return reinterpret_cast<const sotto_segment*>(segment);
}
const sotto::Word* from(const sotto_word* word) {
  return reinterpret_cast<const sotto::Word*>(word);
}
const sotto_word* to(const sotto::Word* word) { return reinterpret_cast<const sotto_word*>(word); }

template <typename T>
const T* at(const std::vector<T>& list, size_t index) {
  return index < list.size() ? &list[index] : nullptr;
}

const sotto::StageTiming* stage_of(const sotto::Timings& timings, sotto_stage stage) {
  switch (stage) {
    case SOTTO_STAGE_ENCODE: return &timings.encode;
    case SOTTO_STAGE_CROSS_KV: return &timings.cross_kv;
    case SOTTO_STAGE_PROMPT: return &timings.prompt;
    case SOTTO_STAGE_DECODE: return &timings.decode;
  }
  return nullptr;
}

// A hook that calls f(user, ...), or none.
template <typename Hook, typename Function, typename Body>
void set(sotto_hooks* hooks, Hook sotto::TranscribeHooks::*hook, Function f, Body body) {
  if (hooks == nullptr) return;
  if (f == nullptr) {
    hooks->hooks.*hook = nullptr;
  } else {
    hooks->hooks.*hook = body;
  }
}

}  // namespace

extern "C" {

void sotto_transcript_free(sotto_transcript* transcript) { delete transcript; }

const char* sotto_transcript_text(const sotto_transcript* transcript) {
  return transcript == nullptr ? "" : transcript->transcript.text.c_str();
}
const char* sotto_transcript_language(const sotto_transcript* transcript) {
  return transcript == nullptr ? "" : transcript->transcript.language.c_str();
}

double sotto_transcript_seconds(const sotto_transcript* transcript, sotto_seconds what) {
  if (transcript == nullptr) return 0;
  const sotto::Transcript& t = transcript->transcript;
  switch (what) {
    case SOTTO_SECONDS_AUDIO: return t.audio_seconds;
    case SOTTO_SECONDS_TOTAL: return t.total_seconds;
    case SOTTO_SECONDS_ENCODE: return t.encode_seconds;
    case SOTTO_SECONDS_DECODE: return t.decode_seconds;
    case SOTTO_SECONDS_FRONTEND: return t.timings.frontend_seconds;
    case SOTTO_SECONDS_FIRST_TOKEN: return t.timings.first_token_seconds;
  }
  return 0;
}

double sotto_transcript_stage(const sotto_transcript* transcript, sotto_stage stage,
                              sotto_measure what) {
  if (transcript == nullptr) return 0;
  const sotto::StageTiming* timing = stage_of(transcript->transcript.timings, stage);
  if (timing == nullptr) return 0;
  switch (what) {
    case SOTTO_MEASURE_SECONDS: return timing->seconds;
    case SOTTO_MEASURE_TOKENS: return static_cast<double>(timing->tokens);
    case SOTTO_MEASURE_OPERATIONS: return timing->operations;
    case SOTTO_MEASURE_BYTES: return timing->bytes;
    case SOTTO_MEASURE_ARITHMETIC: return static_cast<double>(timing->arithmetic);
  }
  return 0;
}

size_t sotto_transcript_language_count(const sotto_transcript* transcript) {
  return transcript == nullptr ? 0 : transcript->transcript.language_probabilities.size();
}
const char* sotto_transcript_language_code(const sotto_transcript* transcript, size_t index) {
  if (index >= sotto_transcript_language_count(transcript)) return "";
  return transcript->transcript.language_probabilities[index].first.c_str();
}
double sotto_transcript_language_probability(const sotto_transcript* transcript, size_t index) {
  if (index >= sotto_transcript_language_count(transcript)) return 0;
  return double{transcript->transcript.language_probabilities[index].second};
}

size_t sotto_transcript_segment_count(const sotto_transcript* transcript) {
  return transcript == nullptr ? 0 : transcript->transcript.segments.size();
}
const sotto_segment* sotto_transcript_segment(const sotto_transcript* transcript, size_t index) {
  return transcript == nullptr ? nullptr : to(at(transcript->transcript.segments, index));
}

double sotto_segment_start(const sotto_segment* segment) {
  return segment == nullptr ? 0 : from(segment)->start_seconds;
}
double sotto_segment_end(const sotto_segment* segment) {
  return segment == nullptr ? 0 : from(segment)->end_seconds;
}
const char* sotto_segment_text(const sotto_segment* segment) {
  return segment == nullptr ? "" : from(segment)->text.c_str();
}
const char* sotto_segment_language(const sotto_segment* segment) {
  return segment == nullptr ? "" : from(segment)->language.c_str();
}
int sotto_segment_truncated(const sotto_segment* segment) {
  return segment != nullptr && from(segment)->truncated;
}

double sotto_segment_number(const sotto_segment* segment, sotto_segment_number_of what) {
  if (segment == nullptr) return 0;
  switch (what) {
    case SOTTO_SEGMENT_TEMPERATURE: return from(segment)->temperature;
    case SOTTO_SEGMENT_AVG_LOGPROB: return from(segment)->avg_logprob;
    case SOTTO_SEGMENT_COMPRESSION_RATIO: return from(segment)->compression_ratio;
    case SOTTO_SEGMENT_NO_SPEECH_PROB: return from(segment)->no_speech_prob;
    case SOTTO_SEGMENT_SEEK_SECONDS: return from(segment)->seek_seconds;
  }
  return 0;
}

size_t sotto_segment_token_count(const sotto_segment* segment) {
  return segment == nullptr ? 0 : from(segment)->tokens.size();
}
int32_t sotto_segment_token(const sotto_segment* segment, size_t index) {
  return index < sotto_segment_token_count(segment) ? from(segment)->tokens[index] : 0;
}
double sotto_segment_token_probability(const sotto_segment* segment, size_t index) {
  if (segment == nullptr) return 0;
  const float* probability = at(from(segment)->token_probabilities, index);
  return probability == nullptr ? 0 : double{*probability};
}

size_t sotto_segment_word_count(const sotto_segment* segment) {
  return segment == nullptr ? 0 : from(segment)->words.size();
}
const sotto_word* sotto_segment_word(const sotto_segment* segment, size_t index) {
  return segment == nullptr ? nullptr : to(at(from(segment)->words, index));
}
double sotto_word_start(const sotto_word* word) {
  return word == nullptr ? 0 : from(word)->start_seconds;
}
double sotto_word_end(const sotto_word* word) {
  return word == nullptr ? 0 : from(word)->end_seconds;
}
const char* sotto_word_text(const sotto_word* word) {
  return word == nullptr ? "" : from(word)->text.c_str();
}
double sotto_word_probability(const sotto_word* word) {
  return word == nullptr ? 0 : from(word)->probability;
}

sotto_hooks* sotto_hooks_new(void) { return new (std::nothrow) sotto_hooks; }
void sotto_hooks_free(sotto_hooks* hooks) { delete hooks; }

void sotto_hooks_segment(sotto_hooks* hooks, sotto_on_segment segment, void* user) {
  set(hooks, &sotto::TranscribeHooks::segment, segment,
      [=](const sotto::Segment& s) { segment(user, to(&s)); });
}
void sotto_hooks_progress(sotto_hooks* hooks, sotto_on_progress progress, void* user) {
  set(hooks, &sotto::TranscribeHooks::progress, progress,
      [=](double share) { progress(user, share); });
}
void sotto_hooks_abort(sotto_hooks* hooks, sotto_on_abort abort, void* user) {
  set(hooks, &sotto::TranscribeHooks::abort, abort, [=] { return abort(user) != 0; });
}
void sotto_hooks_logits(sotto_hooks* hooks, sotto_on_logits logits, void* user) {
  set(hooks, &sotto::TranscribeHooks::logits, logits,
      [=](std::span<const std::int32_t> tokens, std::span<float> all) {
        logits(user, tokens.data(), tokens.size(), all.data(), all.size());
      });
}
void sotto_hooks_log(sotto_hooks* hooks, sotto_log log, void* user) {
  if (hooks != nullptr) hooks->hooks.log = sotto::api::to_log(log, user);
}

}  // extern "C"
