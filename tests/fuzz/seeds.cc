// Writes small valid files for the fuzzers to start from. Usage: fuzz_seeds FOLDER
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/file.h"
#include "lib/format/gguf.h"
#include "tests/support/model_files.h"

namespace sotto {
namespace {

Status write(const std::filesystem::path& path, std::string_view text) {
  Result<base::OutputFile> file = base::OutputFile::create(path);
  if (!file) return std::move(file).error();
  Status written = file->write(std::as_bytes(std::span(text.data(), text.size())));
  if (!written) return written;
  return file->commit();
}

Status write_gguf(const std::filesystem::path& folder) {
  format::GgufWriter writer;
  writer.add_string("general.architecture", "whisper");
  writer.add_u32("n", 6);
  writer.add_f32("eps", 1e-5F);
  writer.add_bool("tied", true);
  const std::byte proto[] = {std::byte{1}, std::byte{2}};
  writer.add_bytes("proto", proto);
  writer.add_i32_array("ids", {1, 2, 3});
  writer.add_string_array("tokens", {"a", "", "bc"});
  const auto leave_zero = [](std::span<std::byte>) { return ok(); };
  writer.add_tensor("w", tensor::Dtype::kF32, {2, 3}, leave_zero);
  writer.add_tensor("h", tensor::Dtype::kF16, {4}, leave_zero);
  writer.add_tensor("q", tensor::Dtype::kQ8_0, {2, 32}, leave_zero);
  return writer.write(folder / "all.gguf");
}

Status write_safetensors(const std::filesystem::path& folder) {
  constexpr std::string_view kHeader =
      R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
      R"("h":{"dtype":"F16","shape":[1,2],"data_offsets":[8,12]}})";
  const std::uint64_t length = kHeader.size();
  std::string text(reinterpret_cast<const char*>(&length), sizeof(length));
  text += kHeader;
  text += std::string(12, 'x');
  return write(folder / "two.safetensors", text);
}

std::vector<test::SourceTensor> two_tensors() {
  return {{"w", tensor::Dtype::kF32, {2, 1}, "12345678"},
          {"h", tensor::Dtype::kF16, {1, 3}, "123456"}};
}

Status write_ggml(const std::filesystem::path& folder) {
  std::vector<test::SourceTensor> tensors = two_tensors();
  for (const tensor::Dtype dtype :
       {tensor::Dtype::kQ4_0, tensor::Dtype::kQ4_1, tensor::Dtype::kQ5_0, tensor::Dtype::kQ5_1,
        tensor::Dtype::kQ8_0, tensor::Dtype::kQ4_K, tensor::Dtype::kQ5_K, tensor::Dtype::kQ6_K}) {
    const tensor::Block block = tensor::block(dtype);
    tensors.push_back({std::string(tensor::name(dtype)),
                       dtype,
                       {1, block.elements},
                       std::string(block.bytes, 'q')});
  }
  return write(folder / "types.bin", test::ggml_file({{"n_vocab", 3}}, {"a", "", "bc"}, tensors));
}

Status write_pytorch(const std::filesystem::path& folder) {
  const std::string checkpoint = test::pytorch_file({{"n_mels", 80}}, two_tensors());
  if (Status written = write(folder / "two.pt", checkpoint); !written) return written;
  namespace pickle = test::pickle;
  const std::string program = pickle::program(
      pickle::dict({{"dims", pickle::dict({{"n_mels", pickle::integer(80)}})},
                    {"w", pickle::tensor(pickle::storage("HalfStorage", "0", 2), 0, {2}, {1})}}));
  if (Status written = write(folder / "data.pkl", program); !written) return written;
  return write(folder / "zip64.pt",
               test::ZipBuilder(true).add("x/data.pkl", program).add("x/data/0", "1234").str());
}

Status write_tiktoken(const std::filesystem::path& folder) {
  if (Status written = write(folder / "four.tiktoken", "IQ== 0\nIgA= 2\nYWJj 1\n= 3\n"); !written) {
    return written;
  }
  if (Status written = write(folder / "vocab.json", R"({"a":0,"\u0120b":1,"":2})"); !written) {
    return written;
  }
  return write(folder / "tokenizer.json",
               R"({"model":{"vocab":{"a":0}},"added_tokens":[{"id":1,"content":"<|e|>"}]})");
}

Status write_wav(const std::filesystem::path& folder) {
  using namespace std::string_view_literals;
  constexpr std::string_view kStereo =
      "RIFF\x2C\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x80\x3E\0\0\0\xFA\0\0\x04\0\x10\0"
      "data\x08\0\0\0\1\2\3\4\5\6\7\x08"sv;
  return write(folder / "stereo.wav", kStereo);
}

Status write_text(const std::filesystem::path& folder) {
  return write(folder / "spoken.txt",
               "Um, Mr. O'Neill's caf\xC3\xA9 [music] owes us \xE2\x82\xAC"
               "2 and seventy cents, "
               "twenty one and a half percent of the colour tv's, double oh seven don't");
}

// Llama's kind of tokenizer with nothing but what it must have, and one merge.
Status write_tokenizer(const std::filesystem::path& folder) {
  std::string vocabulary = R"("<unk>":0,"<s>":1,"</s>":2)";
  for (int byte = 0; byte < 256; ++byte) {
    char piece[32];
    std::snprintf(piece, sizeof piece, ",\"<0x%02X>\":%d", static_cast<unsigned>(byte), byte + 3);
    vocabulary += piece;
  }
  vocabulary += R"(,"a":259,"b":260,"ab":261,"\u2581":262)";
  const auto added = [](int id, const char* text) {
    return std::string(R"({"id":)") + std::to_string(id) + R"(,"content":")" + text +
           R"(","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,)" +
           R"("special":true})";
  };
  const std::string text =
      R"({"version":"1.0","truncation":null,"padding":null,"added_tokens":[)" + added(0, "<unk>") +
      "," + added(1, "<s>") + "," + added(2, "</s>") +
      R"(],"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},)"
      R"({"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]},"pre_tokenizer":null,)"
      R"("post_processor":null,"decoder":{"type":"Sequence","decoders":[{"type":"Replace",)"
      R"("pattern":{"String":"\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},)"
      R"({"type":"Strip","content":" ","start":1,"stop":0}]},"model":{"type":"BPE",)"
      R"("dropout":null,"unk_token":"<unk>","continuing_subword_prefix":null,)"
      R"("end_of_word_suffix":null,"fuse_unk":true,"byte_fallback":true,"ignore_merges":false,)"
      R"("vocab":{)" +
      vocabulary + R"(},"merges":["a b"]}})";
  return write(folder / "small.json", text);
}

Status write_all(const std::filesystem::path& root) {
  const std::pair<const char*, Status (*)(const std::filesystem::path&)> kinds[] = {
      {"bpe", write_text},
      {"ggml", write_ggml},
      {"gguf", write_gguf},
      {"pytorch", write_pytorch},
      {"safetensors", write_safetensors},
      {"tiktoken", write_tiktoken},
      {"tokenizer_json", write_tokenizer},
      {"wav", write_wav}};
  for (const auto& [name, make] : kinds) {
    std::filesystem::create_directories(root / name);
    if (Status written = make(root / name); !written) return written;
  }
  return ok();
}

}  // namespace
}  // namespace sotto

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: fuzz_seeds FOLDER\n"), 2;
  const sotto::Status written = sotto::write_all(argv[1]);
  if (!written) std::fprintf(stderr, "%s\n", written.error().message.c_str());
  return written ? 0 : 1;
}
