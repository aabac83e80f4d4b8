// The options of a transcription on the command line, with the names of openai-whisper's command
// in kebab-case. `transcribe` and `bench` share them.
#pragma once

#include <sotto/sotto.hpp>

#include <CLI/CLI.hpp>
#include <string>

namespace sotto::tools {

struct DecodingOptions {
  std::string model;  // file or name: resolve_model()
  LoadOptions load;
  SessionOptions session;
  TranscribeOptions transcribe;
};

// Adds the options, --model among them, to `command`. Parsing the command line fills `options`;
// values and combinations that make no sense for any model are a CLI::ParseError then.
// What is not asked for keeps the library's default. SessionOptions gets room for what
// TranscribeOptions asks for.
// Requires: `options` lives until the command line was parsed; `command` has no callback.
void add_decoding_options(CLI::App& command, DecodingOptions& options);

}  // namespace sotto::tools
