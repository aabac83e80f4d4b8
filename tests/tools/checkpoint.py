# A Hugging Face folder made of a Moonshine model file of ours: what a publisher offers, for tests.
import json
import struct

STACK = {"attn_norm": "input_layernorm", "attn_out": "self_attn.o_proj", "ffn_up": "mlp.fc1",
         "ffn_down": "mlp.fc2", **{f"attn_{p}": f"self_attn.{p}_proj" for p in "qkv"}}
ENCODER = {**STACK, "ffn_norm": "post_attention_layernorm"}
DECODER = {**STACK, "ffn_norm": "final_layernorm", "cross_attn_norm": "post_attention_layernorm",
           "cross_attn_out": "encoder_attn.o_proj",
           **{f"cross_attn_{p}": f"encoder_attn.{p}_proj" for p in "qkv"}}
OTHERS = {"encoder.conv_norm": "encoder.groupnorm", "encoder.output_norm": "encoder.layer_norm",
          "decoder.output_norm": "decoder.norm", "decoder.token_embd": "decoder.embed_tokens"}


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, code):
        value, = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize(code)
        return value

    def bytes(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def value(self, kind):
        if kind == 8:
            return self.bytes(self.take("Q")).decode()
        if kind == 9:
            kind, count = self.take("I"), self.take("Q")
            if kind == 0:
                return self.bytes(count)
            return [self.value(kind) for _ in range(count)]
        return self.take("BbHhIif?  Qqd"[kind])


def read_gguf(data):
    """Metadata, and of each tensor its type (0 F32, 1 F16), shape and bytes."""
    reader = Reader(data)
    reader.at = 8
    count, entries = reader.take("Q"), reader.take("Q")
    metadata = {reader.value(8): reader.value(reader.take("I")) for _ in range(entries)}
    infos = []
    for _ in range(count):
        name = reader.value(8)
        shape = [reader.take("Q") for _ in range(reader.take("I"))][::-1]
        infos.append((name, shape, reader.take("I"), reader.take("Q")))
    align = metadata.get("general.alignment", 32)
    start = (reader.at + align - 1) // align * align
    tensors = {}
    for name, shape, kind, offset in infos:
        size = (4, 2)[kind]
        for extent in shape:
            size *= extent
        tensors[name] = kind, shape, data[start + offset:start + offset + size]
    return metadata, tensors


def hugging_face_name(name):
    stem, _, what = name.rpartition(".")
    parts = stem.split(".")
    if len(parts) == 4:
        part = (ENCODER if parts[0] == "encoder" else DECODER)[parts[3]]
        return f"model.{parts[0]}.layers.{parts[2]}.{part}.{what}"
    return f"model.{OTHERS.get(stem, stem)}.{what}"


def safetensors(tensors):
    header, blocks, at = {}, [], 0
    for name, (kind, shape, data) in sorted(tensors.items()):
        header[hugging_face_name(name)] = {"dtype": ("F32", "F16")[kind], "shape": shape,
                                           "data_offsets": [at, at + len(data)]}
        blocks.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(blocks)


def fields(message):
    """Of a protocol buffer: numbers and values, varints and floats as they are."""
    reader = Reader(message)

    def varint():
        value = shift = 0
        while True:
            byte = reader.take("B")
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while reader.at < len(message):
        key = varint()
        kind = key & 7
        yield key >> 3, (varint() if kind == 0 else reader.bytes(varint()) if kind == 2 else
                         reader.take("f" if kind == 5 else "d"))


def tokenizer(proto):
    pieces = [dict(fields(piece))[1].decode() for number, piece in fields(proto) if number == 1]
    ids = {piece: i for i, piece in enumerate(pieces)}
    merges = []
    for piece in pieces[259:]:
        splits = [(piece[:i], piece[i:]) for i in range(1, len(piece))]
        merges += [f"{a} {b}" for a, b in splits if a in ids and b in ids]
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    blank = "\u2581"

    def replace(old, new):
        return {"type": "Replace", "pattern": {"String": old}, "content": new}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": i, "content": pieces[i], **flags, "special": True}
                         for i in range(3)],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": blank}, replace(" ", blank)]},
        "pre_tokenizer": None,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                       {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
        "decoder": {"type": "Sequence", "decoders": [
            replace(blank, " "), {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>",
                  "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": True,
                  "byte_fallback": True, "ignore_merges": False, "vocab": ids, "merges": merges}}


def config(metadata):
    def of(key):
        return metadata["moonshine." + key]
    names = {f"{stack}_{name}": of(f"{stack}.{key}") for stack in ("encoder", "decoder")
             for name, key in (("num_attention_heads", "attention.head_count"),
                               ("num_hidden_layers", "block_count"),
                               ("num_key_value_heads", "attention.head_count_kv"))}
    head = of("embedding_length") // of("encoder.attention.head_count")
    return {"model_type": "moonshine", "attention_bias": False, "encoder_hidden_act": "gelu",
            "decoder_hidden_act": "silu", "hidden_size": of("embedding_length"),
            "intermediate_size": of("feed_forward_length"), "vocab_size": of("vocab_size"),
            "max_position_embeddings": of("context_length"), "rope_scaling": None,
            "rope_theta": of("rope.freq_base"), "tie_word_embeddings": True,
            "partial_rotary_factor": (of("encoder.rope.dimension_count") + 0.5) / head,
            "decoder_start_token_id": of("decoder_start_token_id"),
            "bos_token_id": metadata["tokenizer.ggml.bos_token_id"],
            "eos_token_id": metadata["tokenizer.ggml.eos_token_id"], **names}


def moonshine_checkpoint(model):
    """The files of a Hugging Face folder that holds what the GGUF file of these bytes does."""
    metadata, tensors = read_gguf(model)
    proto = metadata["tokenizer.ggml.sentencepiece_model"]
    return {"config.json": json.dumps(config(metadata)).encode(),
            "tokenizer.json": json.dumps(tokenizer(proto)).encode(),
            "README.md": b"---\nlicense: cc-by-sa-4.0\nlanguage: en\n---\n# Digits\n",
            "model.safetensors": safetensors(tensors)}
