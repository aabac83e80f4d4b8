// Makes a SentencePiece model of the tokenizer.json that Hugging Face's `tokenizers` writes.
#pragma once

#include <sotto/result.h>

#include <string>
#include <string_view>

namespace sotto::text {

// A serialised sentencepiece.ModelProto whose ids, encoding and decoding are those of `json`, the
// text of a file called `name`; SentencePiece::load() takes it. Reads the family that Llama's
// tokenizer began: BPE with byte fallback on whole texts, blanks as U+2581. README.md lists what
// the file may ask for. Anything else is kUnsupported, named in the message: what SentencePiece
// would do differently is refused, not approximated.
Result<std::string> sentencepiece_from_tokenizer_json(std::string_view json, std::string name);

}  // namespace sotto::text
