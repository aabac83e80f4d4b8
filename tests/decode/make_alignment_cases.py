#!/usr/bin/env python3
"""Runs find_alignment() of openai/whisper (20250625, which must be importable, with PyTorch) over
made-up attention and logits, which alignment_test.cc makes up alike. Usage:
make_alignment_cases.py > tests/decode/alignment_cases.json
"""
import importlib
import json

import numpy as np
import torch
from whisper.tokenizer import get_tokenizer

timing = importlib.import_module("whisper.timing")
LAYERS, HEADS, POSITIONS = 2, 3, 1500


def score(head, tokens, frames, sharpness):
    """[tokens, POSITIONS] in 256ths: noise, and a diagonal over the frames."""
    token = torch.arange(tokens).unsqueeze(1)
    frame = torch.arange(POSITIONS).unsqueeze(0)
    noise = (head * 7919 + token * 1237 + frame * (token + 3) * 31 + frame * frame % 97 * 13) % 2003
    near = (frame * tokens - token * frames).abs() < 2 * frames
    return ((noise - 1001 + near * 1536) * sharpness).float() / 256


def logits(tokens, vocabulary):
    """[tokens, vocabulary] in 128ths."""
    token, entry = torch.arange(tokens).unsqueeze(1), torch.arange(vocabulary).unsqueeze(0)
    noise = (token * 104729 + entry * 7907 + entry * entry % 1009) % 4001
    return (noise - 2000).float() / 128


class CrossAttention(torch.nn.Module):
    def __init__(self, model, layer):
        super().__init__()
        self.model, self.layer = [model], layer

    def forward(self, tokens):
        of = self.model[0]
        heads = [score(self.layer * HEADS + head, tokens, of.frames, of.sharpness)
                 for head in range(HEADS)]
        return None, torch.stack(heads).unsqueeze(0)


class Model:
    device = torch.device("cpu")

    def __init__(self, frames, sharpness, heads, vocabulary):
        self.frames, self.sharpness, self.vocabulary = frames, sharpness, vocabulary
        self.dims = type("Dims", (), {"n_text_layer": LAYERS})
        blocks = [type("Block", (), {"cross_attn": CrossAttention(self, layer)})
                  for layer in range(LAYERS)]
        self.decoder = type("Decoder", (), {"blocks": blocks})
        table = torch.zeros(LAYERS, HEADS, dtype=torch.bool)
        for head in heads:
            table[head // HEADS, head % HEADS] = True
        self.alignment_heads = table.to_sparse()

    def __call__(self, mel, tokens):
        for block in self.decoder.blocks:
            block.cross_attn(tokens.shape[1])
        return logits(tokens.shape[1], self.vocabulary).unsqueeze(0)


def run(text, language, frames, sharpness, heads, multilingual=True):
    tokenizer = get_tokenizer(multilingual, num_languages=99, language=language, task="transcribe")
    tokens = text if isinstance(text, list) else tokenizer.encode(text)
    model = Model(frames // 2, sharpness, heads, 51865 if multilingual else 51864)
    paths = []
    dtw = timing.dtw_cpu

    def spy(costs):
        paths.append((costs, dtw(costs)))
        return paths[-1][1]

    timing.dtw_cpu = spy
    words = timing.find_alignment(model, tokenizer, tokens, torch.zeros(80, 3000), frames)
    timing.dtw_cpu = dtw
    for costs, path in paths:  # rounding must not decide
        noise = torch.randn(*costs.shape, dtype=torch.float64).numpy() * 1e-5
        assert np.array_equal(dtw(costs + noise), path), (text, frames, sharpness)
    return {"multilingual": multilingual, "language": language, "tokens": tokens, "frames": frames,
            "sharpness": sharpness, "heads": heads,
            # Each 97th cost; those that are not numbers are null.
            "costs": [None if cost != cost else round(cost, 6)
                      for costs, _ in paths for cost in costs.flatten()[::97].tolist()],
            "words": [[w.word, w.tokens, float(w.start), float(w.end), float(w.probability)]
                      for w in words]}


def main():
    torch.manual_seed(0)
    speech = " And so, my fellow Americans: ask not what your country can do for you."
    cases = [
        run(speech, "en", 1100, 1, [0]),
        run(speech, "en", 3000, 1, [1, 2, 3]),
        run(speech, "en", 301, 2, [0, 1, 2, 3, 4, 5]),
        run(speech, "en", 600, 24, [2, 5]),  # softmax down to 1e-45
        run(speech, None, 600, 1, [0, 3], multilingual=False),
        run(" \u4f60\u597d\u4e16\u754c\u3002", "zh", 400, 1, [0, 4]),
        run(" yes", "en", 200, 1, [3]),
        run([2425, 11, 1002, 50256, 30325, 184], "en", 200, 1, [3]),
        run([], "en", 200, 1, [3]),
        run([50256], "en", 200, 1, [3]),
    ]
    # Too narrow for the filter, for a deviation, for anything.
    cases += [run(" Hello, world.", "en", frames, 1, [0, 1]) for frames in (16, 8, 7, 5, 3, 2, 1)]
    print("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]")


main()
