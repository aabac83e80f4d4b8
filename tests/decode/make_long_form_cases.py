#!/usr/bin/env python3
"""Runs the long-form loop of openai/whisper (20250625, which must be importable, with PyTorch) over
scripted windows and writes what it was given and what it made. The windows' tokens, words and
scores are random, so that every branch of the loop is taken. Usage:
make_long_form_cases.py CASES > tests/decode/long_form_cases.json
"""
import importlib
import json
import random
import sys

import numpy as np
import torch
from whisper import timing
from whisper.decoding import DecodingResult
from whisper.model import ModelDimensions
from whisper.timing import WordTiming
from whisper.tokenizer import get_tokenizer

transcribe = importlib.import_module("whisper.transcribe")  # whisper.transcribe is the function

TS, EOT = 50364, 50257  # of the vocabulary with 99 languages
WORDS = [2425, 1002, 264, 307, 8132, 6259, 7133, 24506, 29387, 1941, 11, 13, 0, 30, 1, 366, 2221,
         6, 12, 220, 10, 15, 17, 543, 33363, 31096, 11, 13, 0, 30, 2958, 366, 24339, 10612, 1231]
ODD = [50256, 50259, 50300, 184, 228, 30325, 254, 1644, 220, 220]


class Repeats(Exception):
    """The reference heard a window again from the same frame, which it can do for ever."""


def random_tokens(rng, count):
    def text():
        pool = WORDS if rng.random() < 0.9 else WORDS + ODD
        return [rng.choice(pool) for _ in range(rng.choice([0, 1, 1, 2, 3, 4, 6, 9, 14]))]

    if rng.random() < 0.05:
        return [rng.choice(WORDS + [TS, TS + 5, TS + 9]) for _ in range(rng.randrange(9))]
    limit = count // 2 if rng.random() < 0.8 else 1500
    steps = sorted(rng.randrange(limit + 1) for _ in range(2 * rng.choice([0, 1, 1, 2, 2, 3, 4])))
    tokens = []
    for start, end in zip(steps[::2], steps[1::2]):
        if rng.random() < 0.1:
            end = start
        tokens += [TS + start, *text(), TS + end]
    ending = rng.randrange(4)
    if ending == 1:
        tokens += [TS + (steps[-1] if steps else 0), *text()]
    elif ending == 2:
        tokens += [TS + (steps[-1] if steps else 0)]
    elif ending == 3:
        tokens += text()
    return tokens


def random_words(rng, tokenizer, text_tokens, count):
    words, tokens = tokenizer.split_to_word_tokens(text_tokens + [EOT])
    spread = rng.choice([1, 5, 20, 60, 200])
    at = rng.choice([0, 0, 10, 100, 400])
    improbable = rng.choice([0.0, 0.3, 0.9])
    made = []
    for word, ids in zip(words[:-1], tokens[:-1]):
        start = min(at, count // 2 - 1)
        at += rng.choice([0, 1, 2, 3, 8, rng.randrange(spread + 1)])
        end = min(at, count // 2 - 1)
        probability = rng.random() * (0.15 if rng.random() < improbable else 1)
        made.append(WordTiming(word, list(ids), np.float64(start) / 50, np.float64(end) / 50,
                               probability))
    return made


class Model:
    """What transcribe() uses of a model, playing a script that it makes up as it goes."""

    device = torch.device("cpu")
    is_multilingual = True
    num_languages = 99
    dims = ModelDimensions(80, 1500, 64, 1, 1, 51865, 448, 64, 1, 1)

    def __init__(self, rng):
        self.rng = rng
        self.windows = []

    def decode(self, mel, options):
        rng = self.rng
        seek, count = int(mel[0, 0]) - 1, int((mel[0] != 0).sum())
        if self.windows and self.windows[-1]["seek"] == seek:
            raise Repeats
        result = {
            "tokens": random_tokens(rng, count),
            "avg_logprob": rng.choice([-0.25, -0.5, -1.0, -1.5]),
            "no_speech_prob": rng.choice([0.01, 0.01, 0.3, 0.6, 0.75]),
            "temperature": rng.choice([0.0, 0.0, 0.0, 0.2, 0.5, 0.6]),
            "compression_ratio": rng.choice([0.5, 1.25]),
        }
        self.windows.append({"seek": seek, "count": count,
                             "prompt": list(options.prompt), "result": result})
        return DecodingResult(audio_features=None, language="en", **result)

    def align(self, _, tokenizer, text_tokens, __, num_frames, **___):
        if not text_tokens:
            return []
        words = random_words(self.rng, tokenizer, text_tokens, num_frames)
        self.windows[-1]["align"] = {
            "text_tokens": list(text_tokens),
            "words": [[w.word, list(w.tokens), float(w.start), float(w.end), w.probability]
                      for w in words]}
        return words


def run(seed):
    rng = random.Random(seed)
    frames = rng.choice([0, 1, 2, 40, 700, 2999, 3000, 3001, 4500, 7000])
    options = {}
    if rng.random() < 0.7:
        options["word_timestamps"] = True
        if rng.random() < 0.6:
            options["hallucination_silence_threshold"] = rng.choice([0.0, 0.5, 1.0, 2.0, 5.0])
    if rng.random() < 0.3:
        options["condition_on_previous_text"] = False
    if rng.random() < 0.4:
        options["initial_prompt"] = rng.choice(["Glossary: Kennedy, country.", "", " \u00a0 a b ",
                                                "one two " * rng.choice([50, 120])])
        options["carry_initial_prompt"] = rng.random() < 0.5
    if rng.random() < 0.3:
        options["logprob_threshold"] = rng.choice([None, -0.4])
    if rng.random() < 0.2:
        options["no_speech_threshold"] = rng.choice([None, 0.2])
    if rng.random() < 0.25:
        stamps = [round(rng.uniform(0, frames / 100), 3) for _ in range(rng.randrange(1, 5))]
        options["clip_timestamps"] = stamps if rng.random() < 0.3 else sorted(stamps)
    if rng.random() < 0.1:
        options["append_punctuations"] = rng.choice(["", ",.?!:"])

    model = Model(rng)
    mel = torch.zeros(80, frames + 3000)
    mel[0] = torch.arange(1, frames + 3001)
    transcribe.log_mel_spectrogram = lambda *_, **__: mel
    timing.find_alignment = model.align
    made = transcribe.transcribe(model, None, language="en", temperature=0.0, fp16=False, **options)
    return {"seed": seed, "frames": frames, "options": options, "windows": model.windows,
            "text": made["text"], "segments": made["segments"]}


def main():
    transcribe = sys.modules["whisper.transcribe"]
    wanted, seed = int(sys.argv[1]), 0
    cases = []
    while len(cases) < wanted:
        seed += 1
        try:
            cases.append(run(seed))
        except Repeats:
            pass
    print("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]")


main()
