#!/usr/bin/env python3
"""The sotto command as its users see it. Usage: command_test.py SOURCE_DIR SOTTO [WRAPPER...]

WRAPPER is what runs the command where the machine cannot: an emulator and its options.
"""
import hashlib
import json
import lzma
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop(1))
SOTTO = sys.argv.pop(1)
WRAPPER = sys.argv[1:]
DEMO = ROOT / "tools/demo"
MODEL = DEMO / "digits.gguf"
PHONE = DEMO / "samples/phone_flite_slt.wav"
PIN = DEMO / "samples/pin_flite_kal16.wav"
CLIPS = DEMO / "samples/clips.tsv"
SHARED = pathlib.Path(os.environ.get("SOTTO_SHARED") or ROOT.parent / "shared")


def sotto(*args, stdin=b""):
    done = subprocess.run([*WRAPPER, SOTTO, *map(str, args)], input=stdin, capture_output=True,
                          check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def wav(data, code=1, bits=16, rate=16000, claimed=None):
    """A mono WAV file of format `code` (1 PCM, 3 float), whose header claims that many bytes."""
    size = len(data) if claimed is None else claimed
    width = bits // 8
    layout = struct.pack("<IHHIIHH", 16, code, 1, rate, rate * width, width, bits)
    head = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + layout
    return head + b"data" + struct.pack("<I", size) + data


class Command(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.temp = pathlib.Path(folder.name)

    def file(self, name, contents):
        (self.temp / name).write_bytes(contents)
        return self.temp / name

    def fails(self, reason, *args, stdin=b""):
        status, out, err = sotto(*args, stdin=stdin)
        self.assertEqual((status, out), (1, ""), err)
        self.assertIn(reason, err)
        return err


class Transcribe(Command):
    def test_text_is_all_of_stdout(self):
        status, out, err = sotto("transcribe", "-m", MODEL, PHONE)
        self.assertEqual((status, out), (0, "five five five zero one four two\n"))
        self.assertIn("real-time factor", err)

    def test_quiet_says_nothing_else(self):
        self.assertEqual(sotto("transcribe", "-q", "-m", MODEL, PHONE)[2], "")

    def test_standard_input(self):
        status, out, _ = sotto("transcribe", "-m", MODEL, "-", stdin=PHONE.read_bytes())
        self.assertEqual((status, out), (0, "five five five zero one four two\n"))

    def test_json(self):
        status, out, _ = sotto("transcribe", "-m", MODEL, "--json", "-t", "2", PHONE, PIN)
        self.assertEqual(status, 0)
        first, second = map(json.loads, out.splitlines())
        self.assertEqual(first["text"], "five five five zero one four two")
        self.assertEqual(first["file"], str(PHONE))
        self.assertEqual(first["threads"], 2)
        self.assertEqual(first["segments"][0]["text"], first["text"])
        self.assertGreater(first["rtf"], 0)
        self.assertEqual(second["file"], str(PIN))
        self.assertEqual(list(first), [
            "file", "text", "segments", "audio_seconds", "rtf", "encode_seconds", "decode_seconds",
            "total_seconds", "model", "threads", "isa"])
        self.assertEqual(list(first["segments"][0]),
                         ["start", "end", "text", "tokens", "truncated"])

    def test_timestamps(self):
        status, out, _ = sotto("transcribe", "-m", MODEL, "--timestamps", PHONE)
        self.assertEqual((status, out),
                         (0, "[00:00.000 --> 00:03.065] five five five zero one four two\n"))
        status, out, _ = sotto("transcribe", "-m", MODEL, "--timestamps", PHONE, PIN)
        self.assertEqual([line.split(": [")[0] for line in out.splitlines()],
                         [str(PHONE), str(PIN)])

    def test_times_are_those_of_the_pieces(self):
        _, out, _ = sotto("transcribe", "-m", MODEL, "--timestamps", "--window", "2", PHONE)
        first, second = re.findall(r"\[00:(\S+) --> 00:(\S+)\]", out)
        self.assertEqual((first[0], first[1], second[1]), ("00.000", second[0], "03.065"))

    def test_what_the_model_cannot_do_is_refused(self):
        for option in ("initial_prompt", "prefix"):
            self.fails(option, "transcribe", "-m", MODEL, "--" + option.replace("_", "-"), "x",
                       PHONE)

    def test_any_number_of_threads_gives_the_same_text(self):
        texts = {sotto("transcribe", "-q", "-m", MODEL, "-t", n, PHONE)[1] for n in (1, 2, 3, 4)}
        self.assertEqual(len(texts), 1)

    def test_several_files_are_all_done_though_one_fails(self):
        status, out, err = sotto("transcribe", "-m", MODEL, PHONE, self.temp / "none.wav", PIN)
        self.assertEqual(status, 1)
        self.assertEqual([line.split(": ")[0] for line in out.splitlines()], [str(PHONE), str(PIN)])
        self.assertIn("none.wav", err)

    def test_memory_limit(self):
        self.fails("limit is 1000", "transcribe", "-m", MODEL, "--memory-limit", 1000, PHONE)

    def test_a_full_disk_is_a_failure(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([*WRAPPER, SOTTO, "transcribe", "-m", MODEL, PHONE], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)


class BadSound(Command):
    def refuses(self, reason, name, contents):
        err = self.fails(reason, "transcribe", "-m", MODEL, self.file(name, contents))
        self.assertIn(name, err)

    def test_missing(self):
        self.fails("none.wav", "transcribe", "-m", MODEL, self.temp / "none.wav")

    def test_a_folder(self):
        self.fails(str(self.temp), "transcribe", "-m", MODEL, self.temp)

    def test_empty(self):
        self.refuses("empty", "nothing.wav", b"")

    def test_not_sound(self):
        self.refuses("", "letter.wav", b"Dear Sir or Madam,\n" * 100)

    def test_header_that_lies_about_its_size(self):
        self.refuses("", "lies.wav", wav(bytes(6000), claimed=1_000_000))

    def test_no_samples(self):
        self.refuses("no samples", "silent.wav", wav(b""))

    def test_not_a_number(self):
        samples = struct.pack("<4f", 0.0, 0.1, float("nan"), 0.2)
        self.refuses("sample 2 is not a number", "nan.wav", wav(samples, code=3, bits=32))

    def test_empty_standard_input(self):
        self.fails("standard input", "transcribe", "-m", MODEL, "-")


class BadModel(Command):
    def refuses(self, reason, name, contents):
        err = self.fails(reason, "transcribe", "-m", self.file(name, contents), PHONE)
        self.assertIn(name, err)
        self.assertIn(name, self.fails(reason, "inspect", self.temp / name))

    def test_missing(self):
        self.fails("none.gguf", "transcribe", "-m", self.temp / "none.gguf", PHONE)

    def test_empty(self):
        self.refuses("", "empty.gguf", b"")

    def test_cut(self):
        whole = MODEL.read_bytes()
        for size in (3, 1000, 20_000, len(whole) - 1):
            self.refuses("", f"cut{size}.gguf", whole[:size])

    def test_another_architecture(self):
        pony = MODEL.read_bytes().replace(b"moonshine", b"ponyshine", 2)
        self.refuses("ponyshine", "pony.gguf", pony)


class Inspect(Command):
    def test_says_what_matters(self):
        status, out, _ = sotto("inspect", MODEL)
        self.assertEqual(status, 0)
        for part in ("moonshine", "CC-BY-SA-4.0", "parameters", "session", "bytes", "languages",
                     "alignment heads  0", "for passes of 30 s, 1 hypothesis"):
            self.assertIn(part, out)

    def test_memory_is_that_of_the_window_asked_for(self):
        def session(*options):
            out = sotto("inspect", MODEL, *options)[1]
            return int(re.search(r"^session +(\d+) bytes", out, re.M)[1])
        self.assertLess(session("--window", "5"), session())

    def test_plan_draws_nodes_and_arena(self):
        status, out, _ = sotto("inspect", MODEL, "--plan")
        self.assertEqual(status, 0)
        for part in ("stage encode", "stage decode", "attention", "arena:", "|"):
            self.assertIn(part, out)


class Bench(Command):
    def bench(self, *args):
        return sotto("bench", "-m", MODEL, *args)

    def manifest(self, *lines):
        return self.file("clips.tsv", "\n".join(["path\ttext", *lines, ""]).encode())

    def test_summary_is_all_of_stdout(self):
        status, out, err = self.bench("--manifest", CLIPS)
        self.assertEqual((status, err), (0, ""))
        rows = {line[:14].strip(): line[15:] for line in out.splitlines()}
        self.assertEqual(list(rows), ["files", "failed", "words", "substitutions", "deletions",
                                      "insertions", "WER %", "audio seconds", "rtf"])
        self.assertEqual((rows["files"], rows["failed"], rows["WER %"]), ("8", "0", "0.00"))
        self.assertAlmostEqual(float(rows["audio seconds"]), 20.72, delta=0.01)

    def test_verbose_has_a_line_a_file(self):
        out = self.bench("--manifest", CLIPS, "-v", "--normalizer", "basic")[1].splitlines()
        self.assertEqual(out[0].split(), ["WER", "%", "words", "sub", "del", "ins", "seconds",
                                          "rtf", "path"])
        self.assertEqual(len(out), 1 + 8 + 9)
        self.assertEqual(out[4].split()[:5], ["0.00", "7", "0", "0", "0"])
        self.assertEqual(out[4].split()[-1], PHONE.name)

    def test_json(self):
        clips = self.manifest(f"{PHONE}\tFive, six five zero one for four two.",
                              f"{PIN}\tseven three nine")
        status, out, err = self.bench("--manifest", clips, "--json", "--normalizer", "basic")
        self.assertEqual((status, err), (0, ""))
        phone, pin, last = map(json.loads, out.splitlines())
        self.assertEqual(list(phone), [
            "path", "text", "hypothesis", "language", "normalizer", "normalized_text",
            "normalized_hypothesis", "words", "substitutions", "deletions", "insertions", "wer",
            "audio_seconds", "encode_seconds", "decode_seconds", "total_seconds", "rtf"])
        self.assertEqual(phone["path"], str(PHONE))
        self.assertEqual(phone["text"], "Five, six five zero one for four two.")
        self.assertEqual(phone["hypothesis"], "five five five zero one four two")
        self.assertEqual(phone["normalizer"], "basic")
        self.assertEqual(phone["normalized_text"].split(),
                         "five six five zero one for four two".split())
        self.assertEqual([phone[key] for key in ("words", "substitutions", "deletions",
                                                 "insertions", "wer")], [8, 1, 1, 0, 0.25])
        self.assertEqual([pin[key] for key in ("words", "substitutions", "deletions",
                                               "insertions")], [3, 0, 0, 1])
        total = last["summary"]
        self.assertEqual([total[key] for key in ("files", "failed", "words", "substitutions",
                                                 "deletions", "insertions")], [2, 0, 11, 1, 1, 1])
        self.assertAlmostEqual(total["wer"], 3 / 11)
        self.assertGreater(total["rtf"], 0)

    def test_numbers_are_words_to_the_english_normalizer_of_this_model(self):
        clips = self.manifest(f"{PHONE}\t5550142")
        out = self.bench("--manifest", clips, "--json")[1].splitlines()
        phone = json.loads(out[0])
        self.assertEqual((phone["normalizer"], phone["wer"]), ("english", 0))

    def test_what_cannot_be_read_is_counted_and_the_rest_goes_on(self):
        self.file("letter.wav", b"Dear Sir or Madam,\n" * 100)
        clips = self.manifest("none.wav\tone", "letter.wav\ttwo", f"{PIN}\tseven three one nine")
        status, out, err = self.bench("--manifest", clips)
        self.assertEqual(status, 1)
        self.assertIn("none.wav", err)
        self.assertIn("letter.wav", err)
        self.assertRegex(out, r"files +1\nfailed +2\n")
        status, out, _ = self.bench("--manifest", clips, "--json")
        none, letter, _, last = map(json.loads, out.splitlines())
        self.assertEqual((status, none["path"], letter["path"]), (1, "none.wav", "letter.wav"))
        self.assertIn("none.wav", none["error"])
        self.assertEqual((last["summary"]["files"], last["summary"]["failed"]), (1, 2))

    def test_a_list_of_nothing_readable_has_no_rates(self):
        clips = self.manifest("none.wav\tone")
        status, out, _ = self.bench("--manifest", clips)
        self.assertEqual(status, 1)
        self.assertRegex(out, r"WER % +-\n")
        self.assertRegex(out, r"rtf +- ")
        last = json.loads(self.bench("--manifest", clips, "--json")[1].splitlines()[-1])["summary"]
        self.assertEqual((last["wer"], last["rtf"]), (None, None))

    def test_a_bad_list_is_named(self):
        for reason, contents in (("clips.tsv:1", b""), ("clips.tsv:1", b"path\nx.wav\n"),
                                 ("clips.tsv:2", b"path\ttext\nx.wav\n"),
                                 ("no clips", b"path\ttext\n"), ("clips.tsv:1", bytes(1000))):
            self.fails(reason, "bench", "-m", MODEL, "--manifest", self.file("clips.tsv", contents))
        self.fails("none.tsv", "bench", "-m", MODEL, "--manifest", self.temp / "none.tsv")

    def test_a_bad_model_is_named(self):
        self.fails("none.gguf", "bench", "-m", self.temp / "none.gguf", "--manifest", CLIPS)


class Speed(Command):
    KEYS = ["model", "type", "threads", "isa", "audio_seconds", "rtf", "load_ms", "frontend",
            "encode", "cross_kv", "prompt", "decode", "first_token_ms", "total_ms",
            "peak_rss_bytes", "weights_bytes", "arena_bytes", "allocations_after_load"]
    PARTS = {"frontend": ["ms"], "encode": ["ms", "gflops", "share_of_peak"], "cross_kv": ["ms"],
             "prompt": ["ms_per_token"], "decode": ["ms_per_token", "gbps", "share_of_bandwidth"]}

    def speeds(self, *args):
        status, out, err = sotto("bench", "--json", *args)
        self.assertEqual((status, err), (0, ""))
        return [json.loads(line) for line in out.splitlines()]

    def test_json_has_the_documented_keys(self):
        speed, = self.speeds("-m", MODEL, "-f", PHONE, "-t", "1", "--runs", "2")
        self.assertEqual(list(speed), [*self.KEYS, "details"])
        for part, keys in self.PARTS.items():
            self.assertEqual(list(speed[part]), keys)
            for key in keys:
                self.assertGreater(speed[part][key], 0, (part, key))
        for key in ("rtf", "load_ms", "first_token_ms", "total_ms", "weights_bytes",
                    "arena_bytes"):
            self.assertGreater(speed[key], 0, key)
        self.assertEqual((speed["model"], speed["type"], speed["threads"]),
                         ("moonshine-digits", "f16", 1))
        self.assertAlmostEqual(speed["audio_seconds"], 3.06, delta=0.01)
        self.assertGreater(speed["peak_rss_bytes"], speed["weights_bytes"])
        stages = sum(speed[part]["ms"] for part in ("frontend", "encode", "cross_kv"))
        self.assertLess(stages, speed["total_ms"])
        self.assertLess(speed["first_token_ms"], speed["total_ms"])
        self.assertEqual(speed["details"]["runs"], 2)
        self.assertTrue(any(k.startswith("linear ") for k in speed["details"]["kernels"]))

    def test_each_number_of_threads_is_a_line(self):
        speeds = self.speeds("-m", MODEL, "-f", PHONE, "--threads", "2,1", "--runs", "1")
        self.assertEqual([speed["threads"] for speed in speeds], [2, 1])
        status, out, err = sotto("bench", "-m", MODEL, "-f", PHONE, "--runs", "1", "-t", "1")
        self.assertEqual((status, err), (0, ""))
        for part in ("moonshine-digits, f16", "1 thread:", "encode.ms", "GFLOP/s", "kernels:"):
            self.assertIn(part, out)

    def test_silence_is_not_measured(self):
        silence = self.file("silence.wav", wav(bytes(32000)))
        self.fails("empty", "bench", "-m", MODEL, "-f", silence, "--runs", "1")

    def test_random_weights_need_no_model(self):
        speed, = self.speeds("--synthetic", "moonshine:tiny", "--type", "f16", "-t", "1",
                             "--runs", "1")
        self.assertEqual((speed["model"], speed["type"]), ("moonshine:tiny", "f16"))
        self.assertEqual(speed["audio_seconds"], 10)
        self.assertGreater(speed["decode"]["ms_per_token"], 0)
        self.fails("whisper:tiny", "bench", "--synthetic", "whisper:gigantic")

    def test_words_have_the_speed_in_their_summary(self):
        summary = self.speeds("-m", MODEL, "--manifest", CLIPS)[-1]["summary"]
        self.assertEqual(summary["wer"], 0)
        for key in self.KEYS:
            self.assertIn(key, summary)

    def test_bad_files_are_named(self):
        self.fails("none.wav", "bench", "-m", MODEL, "-f", self.temp / "none.wav")
        self.fails("none.gguf", "bench", "-m", self.temp / "none.gguf", "-f", PHONE)


class Convert(Command):
    def folder(self):
        if not (SHARED / "models/moonshine-digits/hf").exists():
            if os.environ.get("SOTTO_REQUIRE_SHARED"):
                self.fail(f"missing {SHARED}/models/moonshine-digits/hf")
            self.skipTest("no shared models")
        copy = self.temp / "hf"
        copy.mkdir()
        for path in (SHARED / "models/moonshine-digits/hf").iterdir():
            (copy / path.name).write_bytes(path.read_bytes())
        return copy

    def nothing_left(self):
        self.assertEqual([p.name for p in self.temp.iterdir() if p.name != "hf"], [])

    def test_the_bundled_model_is_what_convert_gives(self):
        facts = ("--name", "moonshine-digits", "--license", "CC-BY-SA-4.0", "--language", "en")
        status, out, err = sotto("convert", self.folder(), "-o", self.temp / "out.gguf", *facts)
        self.assertEqual((status, out), (0, ""), err)
        self.assertEqual((self.temp / "out.gguf").read_bytes(), MODEL.read_bytes())

    def test_f32_and_f16_hear_the_same(self):
        hf = self.folder()
        for kind in ("f32", "f16"):
            self.assertEqual(sotto("convert", hf, "-o", self.temp / kind, "--type", kind)[0], 0)
            self.assertEqual(sotto("transcribe", "-m", self.temp / kind, PHONE)[1],
                             "five five five zero one four two\n")
        sizes = [(self.temp / kind).stat().st_size for kind in ("f32", "f16")]
        self.assertGreater(sizes[0], sizes[1] * 1.8)

    def contents(self, model):
        """The metadata of a GGUF file, and the numbers of its tensors' types."""
        data, at = model.read_bytes(), 8

        def take(code):
            nonlocal at
            value, = struct.unpack_from("<" + code, data, at)
            at += struct.calcsize(code)
            return value

        def text():
            nonlocal at
            size = take("Q")
            at += size
            return data[at - size:at].decode(errors="replace")

        def value(kind):
            if kind == 8:
                return text()
            if kind == 9:
                kind, count = take("I"), take("Q")
                return [value(kind) for _ in range(count)]
            return take("BbHhIif?  Qqd"[kind])

        count, entries = take("Q"), take("Q")
        metadata = {text(): value(take("I")) for _ in range(entries)}
        types = {}
        for _ in range(count):
            name = text()
            for _ in range(take("I")):
                take("Q")
            types[name] = take("I")
            take("Q")
        return metadata, types

    F32, F16, Q4_0, Q8_0 = 0, 1, 2, 8

    def test_gguf_to_other_types(self):
        sizes = []
        for kind, file_type in (("f32", 0), ("bf16", 32), ("q8_0", 7), ("Q4_0", 2)):
            out = self.temp / kind
            self.assertEqual(sotto("convert", MODEL, "-o", out, "--type", kind)[:2], (0, ""))
            metadata, types = self.contents(out)
            self.assertEqual(metadata["general.file_type"], file_type)
            self.assertEqual(metadata["general.name"], "moonshine-digits")
            self.assertEqual(types["encoder.output_norm.weight"], self.F32)
            sizes.append(out.stat().st_size)
        self.assertEqual(sizes, sorted(sizes, reverse=True))
        self.assertEqual(sotto("convert", MODEL, "-o", self.temp / "exact")[0], 0)
        self.assertEqual((self.temp / "exact").read_bytes(), MODEL.read_bytes())

    def test_keep_gives_some_tensors_another_type(self):
        out = self.temp / "out.gguf"
        status, _, err = sotto("convert", "--type", "q4_0", "--keep", "decoder.token_embd.*=q8_0",
                               "--keep", "*.attn_[q]*=f32", MODEL, "-o", out)
        self.assertEqual(status, 1, err)
        self.assertIn("attn_[q]", err)
        self.assertFalse(out.exists())
        status, _, err = sotto("convert", "--type", "q4_0", "--keep", "decoder.token_embd.*=q8_0",
                               "--keep", "*.attn_?.weight=F16", MODEL, "-o", out)
        self.assertEqual(status, 0, err)
        types = self.contents(out)[1]
        for name, kind in (("decoder.token_embd.weight", self.Q8_0),
                           ("encoder.blk.0.attn_q.weight", self.F16),
                           ("encoder.blk.0.attn_out.weight", self.Q4_0),
                           ("encoder.conv2.weight", self.F16),
                           ("decoder.blk.1.ffn_up.bias", self.F32)):
            self.assertEqual(types[name], kind, name)

    def test_a_model_may_be_replaced_by_itself(self):
        model = self.file("model.gguf", MODEL.read_bytes())
        for kind in ("f32", "f16"):
            self.assertEqual(sotto("convert", model, "-o", model, "--type", kind)[0], 0)
        self.assertEqual(model.read_bytes(), MODEL.read_bytes())
        self.fails("alignment_heads", "convert", model, "-o", model, "--alignment-heads", "0,0")
        self.assertEqual(model.read_bytes(), MODEL.read_bytes())

    def test_whispers_options(self):
        golden = SHARED / "golden/whisper"
        if not golden.exists():
            self.skipTest("no shared golden data")
        model = self.file("openai.pt", lzma.decompress(
            (golden / "micro/model/openai.pt.xz").read_bytes()))
        self.fails("--vocab", "convert", model, "-o", self.temp / "out.gguf")
        vocabulary = self.file("any.tiktoken", lzma.decompress(
            (golden / "tokenizer/multilingual.tiktoken.xz").read_bytes()))
        options = ("--vocab", vocabulary, "--alignment-heads", "1,1", "--type", "bf16")
        status, out, err = sotto("convert", model, "-o", self.temp / "out.gguf", *options)
        self.assertEqual((status, out), (0, ""), err)
        status, out, err = sotto("inspect", "--metadata", self.temp / "out.gguf")
        self.assertEqual(status, 0, err)
        for part in ("pytorch", "openai.pt", hashlib.sha256(model.read_bytes()).hexdigest()):
            self.assertIn(part, out)

    def test_missing_parts_are_named_and_nothing_is_written(self):
        hf = self.folder()
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            kept = (hf / name).read_bytes()
            (hf / name).unlink()
            self.fails(name, "convert", hf, "-o", self.temp / "out.gguf")
            self.nothing_left()
            (hf / name).write_bytes(kept[:len(kept) // 2])
            self.fails(name, "convert", hf, "-o", self.temp / "out.gguf")
            self.nothing_left()
            (hf / name).write_bytes(kept)

    def test_a_shape_that_config_does_not_state_is_named(self):
        hf = self.folder()
        config = json.loads((hf / "config.json").read_text())
        for key, value, reason in (
                ("intermediate_size", 256, "fc1"), ("vocab_size", -1, "vocab_size"),
                ("hidden_size", "128", "hidden_size"), ("model_type", "x", '"x"'),
                ("encoder_hidden_act", "relu", "relu")):
            (hf / "config.json").write_text(json.dumps({**config, key: value}))
            self.fails(reason, "convert", hf, "-o", self.temp / "out.gguf")
            self.nothing_left()

    def test_an_existing_file_survives_a_failure(self):
        self.file("out.gguf", b"precious")
        self.fails("nowhere", "convert", self.temp / "nowhere", "-o", self.temp / "out.gguf")
        self.assertEqual((self.temp / "out.gguf").read_bytes(), b"precious")

    def test_a_target_folder_that_is_not_there(self):
        self.fails("nowhere", "convert", self.folder(), "-o", self.temp / "nowhere/out.gguf")


class Usage(Command):
    def test_nonsense_is_status_2_with_nothing_on_stdout(self):
        transcribe = ["transcribe", "-m", MODEL]
        for args in ([], ["sing"], ["transcribe"], transcribe, ["transcribe", PHONE], ["inspect"],
                     [*transcribe, "-t", "abc", PHONE], [*transcribe, "-t", "0", PHONE],
                     [*transcribe, "--frobnicate", PHONE], ["convert", "x"],
                     ["convert", "x", "-o", "y", "--type", "q9"],
                     ["convert", "x", "-o", "y", "--keep", "q8_0"],
                     ["convert", "x", "-o", "y", "--keep", "*=q9"],
                     [*transcribe, "--json", "--timestamps", PHONE],
                     [*transcribe, "--temperature", "warm", PHONE],
                     [*transcribe, "--beam-size", "33", PHONE],
                     [*transcribe, "--offset", "1", "--clip-timestamps", "0,1", PHONE],
                     [*transcribe, "--task", "sing", PHONE],
                     ["inspect", MODEL, "--max-hypotheses", "0"],
                     ["bench"], ["bench", "-m", MODEL], ["bench", "--manifest", CLIPS],
                     ["bench", "-m", MODEL, "--manifest", CLIPS, "--normalizer", "german"],
                     ["bench", "-m", MODEL, "--manifest", CLIPS, "--seed", "-1"],
                     ["bench", "-f", PHONE], ["bench", "-m", MODEL, "-f", PHONE, "-t", "1,0"],
                     ["bench", "-m", MODEL, "-f", PHONE, "--runs", "0"],
                     ["bench", "-m", MODEL, "-f", PHONE, "--type", "f16"],
                     ["bench", "-m", MODEL, "--synthetic", "whisper:tiny"],
                     ["bench", "--synthetic", "whisper:tiny", "--type", "q9"],
                     ["bench", "-m", MODEL, "--manifest", CLIPS, "-f", PHONE],
                     ["bench", "-m", MODEL, "--manifest", CLIPS, "-t", "1,2"]):
            status, out, err = sotto(*args)
            self.assertEqual((status, out), (2, ""), args)
            self.assertTrue(err, args)

    def test_help_and_version_are_results(self):
        for args in (["--help"], ["transcribe", "--help"], ["bench", "--help"], ["--version"]):
            status, out, err = sotto(*args)
            self.assertEqual((status, err), (0, ""), args)
            self.assertTrue(out, args)


unittest.main(argv=sys.argv[:1], verbosity=2)
