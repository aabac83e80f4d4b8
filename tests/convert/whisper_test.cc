#include "lib/convert/whisper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "lib/convert/convert.h"
#include "lib/convert/origin.h"
#include "lib/format/gguf.h"
#include "lib/tensor/blocks.h"
#include "lib/text/byte_alphabet.h"
#include "tests/convert/whisper_sources.h"
#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"
#include "tests/support/xz.h"

namespace sotto::converter {
namespace {

namespace fs = std::filesystem;
using format::Gguf;
using tensor::Dtype;
using test::as_text;
using test::SmallWhisper;
using test::SourceTensor;
using test::TempFolder;
using test::write_file;

struct Stored {
  Dtype dtype;
  std::vector<std::uint64_t> shape;
  std::string data;
  bool operator==(const Stored&) const = default;
};

std::map<std::string, Stored> tensors_of(const Gguf& file) {
  std::map<std::string, Stored> all;
  for (const format::TensorInfo& tensor : file.tensors()) {
    all[tensor.name] = {tensor.dtype, tensor.shape, as_text(tensor.data)};
  }
  return all;
}

// Sources of the same small model in a folder of its own.
class Whisper : public testing::Test {
 protected:
  fs::path hugging_face(const SmallWhisper& small, const std::vector<SourceTensor>& tensors) {
    const fs::path path = folder_ / "hf";
    fs::create_directory(path);
    write_file(path / "config.json", small.config_json());
    write_file(path / "model.safetensors",
               test::safetensors_file(test::hugging_face_tensors(tensors)));
    write_file(path / "gpt2.tiktoken", test::small_tiktoken());
    return path;
  }
  fs::path pytorch(const SmallWhisper& small, const std::vector<SourceTensor>& tensors) {
    write_file(folder_ / "small.en.pt", test::pytorch_file(small.dims(), tensors));
    write_file(folder_ / "gpt2.tiktoken", test::small_tiktoken());
    return folder_ / "small.en.pt";
  }
  fs::path ggml(const SmallWhisper& small, const std::vector<SourceTensor>& tensors) {
    write_file(
        folder_ / "ggml-small.en.bin",
        test::ggml_file(small.dims(), test::small_vocabulary(), test::ggml_tensors(tensors)));
    return folder_ / "ggml-small.en.bin";
  }
  Result<Gguf> converted(const fs::path& source, const ConvertOptions& options = {}) {
    if (Status done = converter::convert(source, folder_ / "out.gguf", options); !done) {
      return std::move(done).error();
    }
    return Gguf::open(folder_ / "out.gguf", base::MappedFile::Mode::kRead);
  }
  void refuses(const fs::path& source, ErrorCode code, const std::string& message,
               const ConvertOptions& options = {}) {
    EXPECT_ERROR(converter::convert(source, folder_ / "out.gguf", options), code, message);
    EXPECT_FALSE(fs::exists(folder_ / "out.gguf"));
  }

  TempFolder folder_;
};

TEST_F(Whisper, TheSameModelGivesTheSameTensorsFromEverySource) {
  SmallWhisper small;
  small.width = 32;  // a block
  const std::vector<SourceTensor> tensors = small.tensors();
  const fs::path sources[] = {hugging_face(small, tensors), pytorch(small, tensors),
                              ggml(small, tensors)};
  const std::pair<WeightType, Dtype> types[] = {
      {WeightType::kExact, Dtype::kF32}, {WeightType::kF32, Dtype::kF32},
      {WeightType::kF16, Dtype::kF16},   {WeightType::kBF16, Dtype::kBF16},
      {WeightType::kQ8_0, Dtype::kQ8_0}, {WeightType::kQ4_0, Dtype::kQ4_0}};
  for (const auto& [type, dtype] : types) {
    ConvertOptions options;
    options.type = type;
    std::map<std::string, Stored> first;
    for (const fs::path& source : sources) {
      const Result<Gguf> file = converted(source, options);
      ASSERT_OK(file);
      const std::map<std::string, Stored> got = tensors_of(*file);
      EXPECT_EQ(got.size(), tensors.size());
      if (first.empty()) first = got;
      EXPECT_EQ(got, first) << source;
    }
    EXPECT_EQ(first["decoder.token_embd.weight"].dtype, dtype);
    EXPECT_EQ(first["encoder.conv1.weight"].dtype,
              tensor::is_quantised(dtype) ? Dtype::kF16 : dtype);
    for (const char* always : {"encoder.position_embd.weight", "decoder.position_embd.weight",
                               "encoder.conv1.bias", "decoder.output_norm.weight"}) {
      EXPECT_EQ(first[always].dtype, Dtype::kF32) << always;
    }
  }
}

// Each tensor of ours beside OpenAI's name for it, so that none is taken for another.
TEST_F(Whisper, EveryTensorIsUnderItsName) {
  const SmallWhisper small;
  const std::vector<SourceTensor> tensors = small.tensors();
  const Result<Gguf> file = converted(pytorch(small, tensors));
  ASSERT_OK(file);
  const std::pair<const char*, const char*> parts[] = {{"attn_ln", "attn_norm"},
                                                       {"attn.query", "attn_q"},
                                                       {"attn.key", "attn_k"},
                                                       {"attn.value", "attn_v"},
                                                       {"attn.out", "attn_out"},
                                                       {"cross_attn_ln", "cross_attn_norm"},
                                                       {"cross_attn.query", "cross_attn_q"},
                                                       {"cross_attn.key", "cross_attn_k"},
                                                       {"cross_attn.value", "cross_attn_v"},
                                                       {"cross_attn.out", "cross_attn_out"},
                                                       {"mlp_ln", "ffn_norm"},
                                                       {"mlp.0", "ffn_up"},
                                                       {"mlp.2", "ffn_down"}};
  std::map<std::string, std::string> names = {
      {"encoder.conv1.weight", "encoder.conv1.weight"},
      {"encoder.conv1.bias", "encoder.conv1.bias"},
      {"encoder.conv2.weight", "encoder.conv2.weight"},
      {"encoder.conv2.bias", "encoder.conv2.bias"},
      {"encoder.positional_embedding", "encoder.position_embd.weight"},
      {"encoder.ln_post.weight", "encoder.output_norm.weight"},
      {"encoder.ln_post.bias", "encoder.output_norm.bias"},
      {"decoder.token_embedding.weight", "decoder.token_embd.weight"},
      {"decoder.positional_embedding", "decoder.position_embd.weight"},
      {"decoder.ln.weight", "decoder.output_norm.weight"},
      {"decoder.ln.bias", "decoder.output_norm.bias"}};
  for (const char* stack : {"encoder", "decoder"}) {
    for (const char* layer : {"0", "1", "2"}) {
      for (const auto& [from, to] : parts) {
        for (const char* end : {"weight", "bias"}) {
          names[base::concat(stack, ".blocks.", layer, ".", from, ".", end)] =
              base::concat(stack, ".blk.", layer, ".", to, ".", end);
        }
      }
    }
  }
  for (const SourceTensor& tensor : tensors) {
    const format::TensorInfo* found = file->find(names[tensor.name]);
    ASSERT_NE(found, nullptr) << tensor.name;
    EXPECT_EQ(found->shape, tensor.shape) << tensor.name;
    EXPECT_EQ(as_text(found->data), tensor.data) << tensor.name;
  }
}

TEST_F(Whisper, ExactKeepsTheTypesOfMatrices) {
  for (const Dtype dtype : {Dtype::kF16, Dtype::kBF16}) {
    SmallWhisper small;
    small.matrices = small.vectors = dtype;
    const std::vector<SourceTensor> tensors = small.tensors();
    const Result<Gguf> hf = converted(hugging_face(small, tensors));
    ASSERT_OK(hf);
    const Result<Gguf> pt = converted(pytorch(small, tensors));
    ASSERT_OK(pt);
    EXPECT_EQ(tensors_of(*hf), tensors_of(*pt));
    EXPECT_EQ(hf->find("decoder.token_embd.weight")->dtype, dtype);
    EXPECT_EQ(hf->find("encoder.position_embd.weight")->dtype, Dtype::kF32);
    EXPECT_EQ(hf->find("decoder.blk.2.ffn_up.bias")->dtype, Dtype::kF32);
  }
}

TEST_F(Whisper, MetadataSayWhatTheModelIs) {
  const SmallWhisper small;
  const Result<Gguf> file = converted(pytorch(small, small.tensors()));
  ASSERT_OK(file);
  EXPECT_EQ(*file->string("general.architecture"), "whisper");
  EXPECT_EQ(*file->string("general.name"), "small.en");
  EXPECT_FALSE(file->has("general.license"));
  EXPECT_EQ(*file->string_array("general.languages"), std::vector<std::string_view>{"en"});
  const std::pair<const char*, std::uint32_t> numbers[] = {{"embedding_length", 4},
                                                           {"vocab_size", 51864},
                                                           {"mel_bins", 3},
                                                           {"encoder.block_count", 1},
                                                           {"encoder.context_length", 6},
                                                           {"encoder.feed_forward_length", 16},
                                                           {"encoder.attention.head_count", 2},
                                                           {"decoder.block_count", 3},
                                                           {"decoder.context_length", 5},
                                                           {"decoder.feed_forward_length", 16},
                                                           {"decoder.attention.head_count", 2}};
  for (const auto& [key, value] : numbers) {
    EXPECT_EQ(*file->u32(std::string("whisper.") + key), value) << key;
  }
  EXPECT_EQ(*file->f32("whisper.attention.layer_norm_epsilon"), 1e-5F);
  EXPECT_EQ(*file->i32_array("whisper.alignment_heads"),
            (std::vector<std::int32_t>{1, 0, 1, 1, 2, 0, 2, 1}))
      << "all heads of the upper half of 3 layers";
}

TEST_F(Whisper, TheTokenizerIsWhole) {
  const SmallWhisper small;
  const Result<Gguf> file = converted(ggml(small, small.tensors()));
  ASSERT_OK(file);
  EXPECT_EQ(*file->string("tokenizer.ggml.model"), "gpt2");
  const auto tokens = *file->string_array("tokenizer.ggml.tokens");
  const auto types = *file->i32_array("tokenizer.ggml.token_type");
  ASSERT_EQ(tokens.size(), test::kTokens);
  ASSERT_EQ(types.size(), test::kTokens);
  EXPECT_EQ(tokens[' '], text::printable_from_bytes(" "));
  EXPECT_EQ(tokens[test::kTexts - 1], "t50255");
  EXPECT_EQ(tokens[test::kTexts], "<|endoftext|>");
  EXPECT_EQ(tokens.back(), "<|30.00|>");
  for (std::size_t id = 0; id < types.size(); ++id) {
    ASSERT_EQ(types[id], id < test::kTexts ? 1 : 3) << id;
  }
  EXPECT_EQ(*file->u32("tokenizer.ggml.bos_token_id"), test::kTexts + 1);
  EXPECT_EQ(*file->u32("tokenizer.ggml.eos_token_id"), test::kTexts);
}

TEST_F(Whisper, TheOriginIsNamedWithTheHashOfItsBytes) {
  const SmallWhisper small;
  const fs::path sources[] = {hugging_face(small, small.tensors()), pytorch(small, small.tensors()),
                              ggml(small, small.tensors())};
  const char* const formats[] = {"huggingface", "pytorch", "ggml"};
  const char* const files[] = {"model.safetensors", "small.en.pt", "ggml-small.en.bin"};
  std::vector<std::string> hashes;
  for (std::size_t i = 0; i < 3; ++i) {
    const Result<Gguf> file = converted(sources[i]);
    ASSERT_OK(file);
    EXPECT_EQ(*file->string("general.source.format"), formats[i]);
    EXPECT_EQ(*file->string("general.source.file"), files[i]);
    const std::string hash(*file->string("general.source.sha256"));
    EXPECT_EQ(hash.size(), 64U);
    EXPECT_EQ(hash.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(std::count(hashes.begin(), hashes.end(), hash), 0);
    hashes.push_back(hash);
  }
}

TEST_F(Whisper, OptionsHaveTheLastWord) {
  const SmallWhisper small;
  const fs::path source = hugging_face(small, small.tensors());
  write_file(source / "README.md", "---\nlanguage:\n- en\n- de\nlicense: mit\n---\n");
  write_file(source / "generation_config.json", R"({"alignment_heads":[[2,1],[0,0]]})");
  Result<Gguf> file = converted(source);
  ASSERT_OK(file);
  EXPECT_EQ(*file->string("general.name"), "hf");
  EXPECT_EQ(*file->string("general.license"), "mit");
  EXPECT_EQ(*file->string_array("general.languages"), (std::vector<std::string_view>{"en", "de"}));
  EXPECT_EQ(*file->i32_array("whisper.alignment_heads"), (std::vector<std::int32_t>{2, 1, 0, 0}));

  ConvertOptions options;
  options.name = "mine";
  options.license = "none";
  options.language = "fr";
  options.alignment_heads = "1,1";
  file = converted(source, options);
  ASSERT_OK(file);
  EXPECT_EQ(*file->string("general.name"), "mine");
  EXPECT_EQ(*file->string("general.license"), "none");
  EXPECT_EQ(*file->string_array("general.languages"), std::vector<std::string_view>{"fr"});
  EXPECT_EQ(*file->i32_array("whisper.alignment_heads"), (std::vector<std::int32_t>{1, 1}));
}

TEST_F(Whisper, AlignmentHeadsOfALargerModelAreNotTaken) {
  const SmallWhisper small;
  const fs::path source = hugging_face(small, small.tensors());
  write_file(source / "generation_config.json", R"({"alignment_heads":[[2,1],[3,0]]})");
  const Result<Gguf> file = converted(source);
  ASSERT_OK(file);
  EXPECT_EQ(file->i32_array("whisper.alignment_heads")->size(), 8U) << "the default";
  fs::remove(folder_ / "out.gguf");
  write_file(source / "generation_config.json", R"({"alignment_heads":[[2,1],7]})");
  refuses(source, ErrorCode::kCorruptFile, "generation_config.json: item 1 of alignment_heads");
}

TEST_F(Whisper, VocabulariesMayBeElsewhere) {
  const SmallWhisper small;
  const fs::path source = pytorch(small, small.tensors());
  const Result<Gguf> beside = converted(source);
  ASSERT_OK(beside);
  fs::create_directory(folder_ / "vocab");
  fs::rename(folder_ / "gpt2.tiktoken", folder_ / "vocab" / "gpt2.tiktoken");
  fs::remove(folder_ / "out.gguf");
  refuses(source, ErrorCode::kIo, "has no vocabulary");
  refuses(source, ErrorCode::kIo, "ConvertOptions.vocabulary (--vocab)");
  for (const fs::path& path : {folder_ / "vocab", folder_ / "vocab/gpt2.tiktoken"}) {
    ConvertOptions options;
    options.vocabulary = path;
    const Result<Gguf> file = converted(source, options);
    ASSERT_OK(file);
    EXPECT_EQ(*file->string_array("tokenizer.ggml.tokens"),
              *beside->string_array("tokenizer.ggml.tokens"));
  }
}

TEST_F(Whisper, ShardsAreOneModelAndHashedInTheOrderOfTheirNames) {
  const SmallWhisper small;
  const fs::path source = hugging_face(small, small.tensors());
  const Result<Gguf> single = converted(source);
  ASSERT_OK(single);
  std::vector<SourceTensor> tensors = test::hugging_face_tensors(small.tensors());
  std::string index = R"({"weight_map":{)";
  std::vector<SourceTensor> shards[2];
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::size_t shard = i < 9 ? 1 : 0;  // the first named comes second
    index += base::concat(i == 0 ? "\"" : ",\"", tensors[i].name, "\":\"model-", shard, "\"");
    shards[shard].push_back(std::move(tensors[i]));
  }
  write_file(source / "model.safetensors.index.json", index + "}}");
  write_file(source / "model-0", test::safetensors_file(shards[0]));
  write_file(source / "model-1", test::safetensors_file(shards[1]));
  fs::remove(source / "model.safetensors");
  const Result<Gguf> sharded = converted(source);
  ASSERT_OK(sharded);
  EXPECT_EQ(tensors_of(*sharded), tensors_of(*single));
  EXPECT_EQ(*sharded->string("general.source.file"), "model.safetensors.index.json");

  // The hash of the concatenation, by way of a file that is it.
  write_file(folder_ / "all",
             test::read_file(source / "model-0") + test::read_file(source / "model-1"));
  const auto whole = base::MappedFile::open(folder_ / "all");
  ASSERT_OK(whole);
  EXPECT_EQ(*sharded->string("general.source.sha256"), sha256_hex({&*whole, 1}));
}

TEST_F(Whisper, TheTiedOutputIsIgnored) {
  const SmallWhisper small;
  std::vector<SourceTensor> tensors = small.tensors();
  const fs::path source = hugging_face(small, tensors);
  std::vector<SourceTensor> with_output = test::hugging_face_tensors(tensors);
  for (const SourceTensor& tensor : std::vector(with_output)) {
    if (tensor.name != "model.decoder.embed_tokens.weight") continue;
    with_output.push_back(tensor);
    with_output.back().name = "proj_out.weight";
  }
  write_file(source / "model.safetensors", test::safetensors_file(with_output));
  const Result<Gguf> file = converted(source);
  ASSERT_OK(file);
  EXPECT_EQ(file->tensors().size(), tensors.size());
}

TEST_F(Whisper, QuantisedMatricesAreTheirValues) {
  SmallWhisper small;
  small.width = 32;
  std::vector<SourceTensor> tensors = small.tensors();
  std::vector<SourceTensor> expected = tensors;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    SourceTensor& tensor = tensors[i];
    if (tensor.shape.size() != 2 || tensor.name.find("positional") != std::string::npos) continue;
    std::vector<float> values(tensor.shape[0] * tensor.shape[1]);
    const std::size_t blocks = values.size() / 32;
    tensor.dtype = Dtype::kQ8_0;
    tensor.data.resize(34 * blocks);
    for (std::size_t b = 0; b < blocks; ++b)
      tensor.data.replace(34 * b, 2, test::number(std::uint16_t{0x2400}));
    tensor::to_f32(Dtype::kQ8_0, reinterpret_cast<const std::byte*>(tensor.data.data()),
                   values.size(), values.data());
    expected[i].data.assign(reinterpret_cast<const char*>(values.data()), 4 * values.size());
  }
  const Result<Gguf> quantised = converted(ggml(small, tensors));
  ASSERT_OK(quantised);
  const Result<Gguf> plain = converted(ggml(small, expected));
  ASSERT_OK(plain);
  EXPECT_EQ(tensors_of(*quantised), tensors_of(*plain));
}

TEST_F(Whisper, MissingExtraAndMisshapenTensorsAreNamed) {
  const SmallWhisper small;
  const std::vector<SourceTensor> good = small.tensors();
  for (const std::size_t i : {std::size_t{0}, std::size_t{11}, good.size() - 1}) {
    std::vector<SourceTensor> tensors = good;
    const std::string name = tensors[i].name;
    const std::string changed = test::hugging_face_name(name);
    tensors.erase(tensors.begin() + static_cast<std::ptrdiff_t>(i));
    refuses(hugging_face(small, tensors), ErrorCode::kCorruptFile,
            "tensor " + changed + " is missing");
    refuses(pytorch(small, tensors), ErrorCode::kCorruptFile, "tensor " + name + " is missing");
    refuses(ggml(small, tensors), ErrorCode::kCorruptFile, "tensor " + name + " is missing");

    tensors = good;
    tensors.push_back({"decoder.extra", Dtype::kF32, {1}, "four"});
    refuses(pytorch(small, tensors), ErrorCode::kUnsupported,
            "tensor \"decoder.extra\" does not belong to a Whisper model");
    refuses(ggml(small, tensors), ErrorCode::kUnsupported, "\"decoder.extra\"");

    tensors = good;
    tensors[i].shape.insert(tensors[i].shape.begin(), 1);
    refuses(pytorch(small, tensors), ErrorCode::kCorruptFile, "tensor " + name + " is [1, ");
  }
}

TEST_F(Whisper, ValuesThatTheTypeCannotHoldAreNamed) {
  const SmallWhisper small;
  std::vector<SourceTensor> tensors = small.tensors();
  tensors[0].data.replace(4, 4, test::number(65536.0F));
  const fs::path source = pytorch(small, tensors);
  ConvertOptions options;
  options.type = WeightType::kF16;
  refuses(source, ErrorCode::kCorruptFile,
          "tensor encoder.conv1.weight holds a value that F16 cannot hold", options);
  options.type = WeightType::kBF16;
  EXPECT_TRUE(converted(source, options).has_value());
  fs::remove(folder_ / "out.gguf");
  tensors[0].data.replace(4, 4, test::number(3.4e38F));  // rounds to infinity
  refuses(pytorch(small, tensors), ErrorCode::kCorruptFile, "that BF16 cannot hold", options);
  tensors[0].data.replace(4, 4, test::number(std::numeric_limits<float>::quiet_NaN()));
  refuses(pytorch(small, tensors), ErrorCode::kCorruptFile, "that F32 cannot hold");
}

TEST_F(Whisper, ConfigurationsOfOtherModelsAreNamed) {
  const SmallWhisper small;
  const fs::path source = hugging_face(small, small.tensors());
  const std::string good = small.config_json();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string config = good;
    config.replace(config.find(from), from.size(), to);
    write_file(source / "config.json", config);
  };
  with(R"("gelu")", R"("relu")");
  refuses(source, ErrorCode::kUnsupported, "activation_function is \"relu\", expected \"gelu\"");
  with("false", "true");
  refuses(source, ErrorCode::kUnsupported, "scale_embedding is true");
  with(R"("d_model":4)", R"("d_model":0)");
  refuses(source, ErrorCode::kCorruptFile, "d_model is \"0\"");
  with(R"("d_model":4)", R"("d_model":5)");
  refuses(source, ErrorCode::kUnsupported, "2 heads do not divide the width 5");
  with(R"("vocab_size":51864)", R"("vocab_size":51000)");
  refuses(source, ErrorCode::kUnsupported, "51000");
  with(R"("whisper")", R"("wav2vec2")");
  refuses(source, ErrorCode::kUnsupported, "model_type is \"wav2vec2\"");
  write_file(source / "config.json", good);
  EXPECT_TRUE(converted(source).has_value());
}

TEST_F(Whisper, DimensionsOfOtherModelsAreNamed) {
  const SmallWhisper small;
  const auto with = [&](const std::string& key, std::int64_t value) {
    test::Numbers dims = small.dims();
    for (auto& [name, number] : dims) number = name == key ? value : number;
    write_file(folder_ / "bad.bin", test::ggml_file(dims, {}, {}));
    write_file(folder_ / "bad.pt", test::pytorch_file(dims, {}));
  };
  with("n_text_state", 8);
  refuses(folder_ / "bad.bin", ErrorCode::kUnsupported,
          "n_text_state is 8, expected n_audio_state, 4");
  refuses(folder_ / "bad.pt", ErrorCode::kUnsupported,
          "n_text_state is 8, expected n_audio_state, 4");
  for (const auto& [key, value] : small.dims()) {
    with(key, -value);
    refuses(folder_ / "bad.bin", ErrorCode::kCorruptFile, key + " is -");
    refuses(folder_ / "bad.pt", ErrorCode::kCorruptFile, key + " is -");
    with(key, INT32_MAX);
    refuses(folder_ / "bad.bin", ErrorCode::kCorruptFile, key + " is 2147483647");
  }
}

TEST_F(Whisper, BadOptionsAreNamed) {
  const SmallWhisper small;
  const fs::path source = ggml(small, small.tensors());
  ConvertOptions options;
  options.alignment_heads = "3,0";
  refuses(source, ErrorCode::kInvalidArgument, "head 0 of layer 3, expected one of 2 heads of 3",
          options);
  options = {};
  options.vocabulary = folder_ / "none.tiktoken";
  refuses(source, ErrorCode::kIo, "none.tiktoken", options);
}

TEST_F(Whisper, OtherFilesAreUnsupported) {
  write_file(folder_ / "text", "Dear Sir or Madam,\n");
  refuses(folder_ / "text", ErrorCode::kUnsupported, "is neither a Whisper checkpoint");
  write_file(folder_ / "empty", "");
  refuses(folder_ / "empty", ErrorCode::kUnsupported, "of a Hugging Face model give the folder");
  refuses(folder_ / "missing", ErrorCode::kIo, "no such file or folder");
}

// ---------------------------------------------------------------------------- golden cases

constexpr const char* kGolden = "golden/whisper";

// The unpacked sources of a case.
std::vector<fs::path> unpack(const fs::path& from, const fs::path& to) {
  std::vector<fs::path> sources;
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() == ".xz") {
      write_file(to / name, test::read_xz(entry.path()).value());
      sources.push_back(to / name);
    } else if (entry.is_directory()) {
      fs::create_directory(to / name);
      for (const fs::directory_entry& file : fs::directory_iterator(entry)) {
        const bool packed = file.path().extension() == ".xz";
        write_file(to / name / (packed ? file.path().stem() : file.path().filename()),
                   packed ? test::read_xz(file.path()).value() : test::read_file(file.path()));
      }
      sources.push_back(to / name);
    }
  }
  return sources;
}

TEST_F(Whisper, GoldenCasesGiveTheSameTensorsFromEverySource) {
  SOTTO_NEEDS_SHARED(kGolden);
  std::size_t cases = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(test::shared_root() / kGolden)) {
    if (!fs::is_directory(entry.path() / "model")) continue;
    const fs::path to = folder_ / entry.path().filename().string();
    fs::create_directory(to);
    for (const char* name : {"gpt2.tiktoken", "multilingual.tiktoken"}) {
      write_file(to / name, test::read_xz(test::shared_root() / kGolden / "tokenizer" /
                                          (std::string(name) + ".xz"))
                                .value());
    }
    const std::vector<fs::path> sources = unpack(entry.path() / "model", to);
    for (const WeightType type : {WeightType::kF32, WeightType::kF16, WeightType::kBF16,
                                  WeightType::kQ8_0, WeightType::kQ4_0}) {
      ConvertOptions options;
      options.type = type;
      std::map<std::string, Stored> first;
      std::vector<std::int32_t> heads;
      for (const fs::path& source : sources) {
        const std::string name = source.filename().string();
        const bool quantised = name.starts_with("ggml-q");
        // Made by ggml of the F16 model: what we make of that, too.
        const bool ours = name == "ggml-q8_0.bin" && type == WeightType::kQ8_0;
        if (quantised && !ours && type != WeightType::kF32) continue;
        options.vocabulary = name.starts_with("ggml") ? fs::path() : to;  // ggml has its own
        const Result<Gguf> file = converted(source, options);
        ASSERT_OK(file);
        if (quantised && !ours) continue;  // other numbers
        if (first.empty()) {
          first = tensors_of(*file);
          heads = *file->i32_array("whisper.alignment_heads");
        }
        EXPECT_TRUE(tensors_of(*file) == first) << source;
        EXPECT_EQ(*file->i32_array("whisper.alignment_heads"), heads) << source;
      }
    }
    ++cases;
  }
  EXPECT_GE(cases, 3U);
}

TEST_F(Whisper, ARealModelIsTheSameFromItsFolderAndItsGgmlFile) {
  SOTTO_NEEDS_SHARED("models/whisper-tiny.en-standin");
  const fs::path model = test::shared_root() / "models/whisper-tiny.en-standin";
  const Result<Gguf> folder = converted(model / "hf");
  ASSERT_OK(folder);
  const Result<Gguf> ggml_file = converted(model / "ggml-tiny.en-standin.bin");
  ASSERT_OK(ggml_file);
  EXPECT_TRUE(tensors_of(*folder) == tensors_of(*ggml_file));
  EXPECT_EQ(*folder->string_array("tokenizer.ggml.tokens"),
            *ggml_file->string_array("tokenizer.ggml.tokens"));
  EXPECT_EQ(*folder->i32_array("whisper.alignment_heads"),
            *ggml_file->i32_array("whisper.alignment_heads"))
      << "generation_config.json and the table";
}

}  // namespace
}  // namespace sotto::converter
