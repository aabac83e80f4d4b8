#!/usr/bin/env python3
"""The sotto command as its users see it. Usage: command_test.py SOURCE_DIR SOTTO [WRAPPER...]

WRAPPER is what runs the command where the machine cannot: an emulator and its options.
"""
import csv
import fcntl
import hashlib
import html
import json
import lzma
import os
import pathlib
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

ROOT = pathlib.Path(sys.argv.pop(1)).absolute()
SOTTO = sys.argv.pop(1)
WRAPPER = [shutil.which(word) or word for word in sys.argv[1:2]] + sys.argv[2:]
DEMO = ROOT / "tools/demo"
MODEL = DEMO / "digits.gguf"
PHONE = DEMO / "samples/phone_flite_slt.wav"
PIN = DEMO / "samples/pin_flite_kal16.wav"
CLIPS = DEMO / "samples/clips.tsv"
SHARED = pathlib.Path(os.environ.get("SOTTO_SHARED") or ROOT.parent / "shared")


def sotto(*args, stdin=b"", environment=None):
    done = subprocess.run([*WRAPPER, SOTTO, *map(str, args)], input=stdin, capture_output=True,
                          check=False, env=environment)
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

    def fails(self, reason, *args, **how):
        status, out, err = sotto(*args, **how)
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


class OutputFiles(Command):
    FORMATS = ("txt", "srt", "vtt", "tsv", "csv", "lrc", "json", "jsonl")

    def transcribe(self, *args, model=MODEL, **how):
        return sotto("transcribe", "-q", "-m", model, *args, **how)

    def written(self):
        return sorted(path.name for path in (self.temp / "out").iterdir())

    def test_of_every_format_have_the_sounds_name(self):
        out = self.temp / "out"
        self.assertEqual(self.transcribe("--output-format", "all", "-o", out, PHONE), (0, "", ""))
        self.assertEqual(self.written(), sorted("phone_flite_slt." + f for f in self.FORMATS))
        self.assertEqual((out / "phone_flite_slt.srt").read_text(),
                         "1\n00:00:00,000 --> 00:00:03,065\nfive five five zero one four two\n\n")

    def test_are_several_lists_and_the_standard_inputs(self):
        out = self.temp / "out"
        status, _, err = self.transcribe(
            "--output-format", "srt,tsv", "--output-format", "txt", "-o", out, PIN, "-",
            stdin=PHONE.read_bytes())
        self.assertEqual(status, 0, err)
        self.assertEqual(self.written(), sorted(
            f"{name}.{f}" for name in ("pin_flite_kal16", "stdin") for f in ("srt", "tsv", "txt")))
        self.assertEqual((out / "stdin.txt").read_text(), "five five five zero one four two\n")

    def test_may_be_named_or_go_to_the_standard_output(self):
        name = self.temp / "my.talk"
        self.assertEqual(self.transcribe("--output-format", "txt", "--output-file", name, PHONE),
                         (0, "", ""))
        text = "five five five zero one four two\n"
        self.assertEqual((self.temp / "my.talk.txt").read_text(), text)
        self.assertEqual(self.transcribe("--output-format", "txt", "--output-file", "-", PHONE),
                         (0, text, ""))

    def test_are_kept_unless_told_otherwise(self):
        old = self.file("phone_flite_slt.srt", b"precious")
        arguments = ("--output-format", "txt,srt", "-o", self.temp, PHONE, PIN)
        status, _, err = self.transcribe(*arguments)
        self.assertEqual(status, 1)
        self.assertIn("--overwrite", err)
        self.assertEqual(old.read_bytes(), b"precious")
        self.assertFalse((self.temp / "phone_flite_slt.txt").exists())
        self.assertTrue((self.temp / "pin_flite_kal16.srt").exists())
        status, _, err = self.transcribe("--overwrite", *arguments)
        self.assertEqual((status, err), (0, ""))
        self.assertIn("five", old.read_text())

    def test_are_refused_before_the_model_is_loaded(self):
        self.file("phone_flite_slt.srt", b"precious")
        err = self.transcribe("--output-format", "srt", "-o", self.temp, PHONE,
                              model=self.temp / "none.gguf")[2]
        self.assertNotIn("none.gguf", err)

    def test_of_two_sounds_are_never_the_same(self):
        (self.temp / "a").mkdir()
        (self.temp / "a" / PHONE.name).write_bytes(PHONE.read_bytes())
        status, _, err = self.transcribe("--output-format", "txt", "-o", self.temp / "out", PHONE,
                                         self.temp / "a" / PHONE.name)
        self.assertEqual((status, self.written()), (1, ["phone_flite_slt.txt"]))
        self.assertIn("too", err)

    def test_cannot_be_made_of_a_full_disk(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
        out = self.temp / "out"
        done = subprocess.run([*WRAPPER, SOTTO, "transcribe", "-q", "-m", MODEL, "-o", out,
                               "--output-format", "lrc,json", PHONE],
                              preexec_fn=limit, capture_output=True, check=False)
        self.assertEqual((done.returncode, self.written()), (1, []))
        self.assertIn(b"phone_flite_slt.lrc: cannot write", done.stderr)

    def test_need_a_folder_that_can_be_made(self):
        status, _, err = self.transcribe("--output-format", "txt", "-o",
                                         self.file("file", b"") / "out", PHONE)
        self.assertEqual(status, 1)
        self.assertIn("cannot make the folder", err)

    def test_of_a_hundred_sounds_one_is_missing_for_a_corrupt_one(self):
        short = wav(PHONE.read_bytes()[44:8044])
        sounds = [self.file(f"{i:03}.wav", short) for i in range(100)]
        sounds[50].write_bytes(short[:-1000])
        status, _, err = self.transcribe("--output-format", "txt", "-o", self.temp / "out", *sounds)
        self.assertEqual(status, 1)
        self.assertIn("050.wav", err)
        self.assertEqual(self.written(), [f"{i:03}.txt" for i in range(100) if i != 50])


class SpecialCharacters(Command):
    """A model whose words are what formats use themselves."""
    WORDS = {"five": "<b>&", "zero": '-->"', "four": "\N{GRINNING FACE}", "one": "\\,'",
             "two": "a\nb", "seven": "\u05e9\u05dc;"}
    TEXT = '<b>& <b>& <b>& -->" \\,\' \N{GRINNING FACE} a\nb'

    def setUp(self):
        super().setUp()
        model = MODEL.read_bytes()
        for word, other in self.WORDS.items():
            old, new = (b"\xe2\x96\x81" + w.encode() for w in (word, other))
            self.assertEqual((len(old), model.count(old)), (len(new), 1), word)
            model = model.replace(old, new)
        self.model = self.file("odd.gguf", model)
        status, _, err = sotto("transcribe", "-q", "-m", self.model, "--output-format", "all",
                               "-o", self.temp, PHONE)
        self.assertEqual(status, 0, err)

    def read(self, ending):
        return (self.temp / f"phone_flite_slt.{ending}").read_text()

    def test_come_back_from_json(self):
        self.assertEqual(json.loads(self.read("json"))["text"], self.TEXT)
        self.assertEqual([json.loads(line)["text"] for line in self.read("jsonl").splitlines()],
                         [self.TEXT])

    def test_come_back_from_tables(self):
        with open(self.temp / "phone_flite_slt.csv", newline="") as table:
            rows = list(csv.reader(table))
        self.assertEqual(rows, [["start", "end", "text"], ["0", "3065", self.TEXT]])
        head, row, end = self.read("tsv").split("\n")
        self.assertEqual((head, end), ("start\tend\ttext", ""))
        escaped = {"\\\\": "\\", "\\n": "\n", "\\t": "\t", "\\r": "\r"}
        text = re.sub(r"\\.", lambda match: escaped[match[0]], row.split("\t")[2])
        self.assertEqual((row.split("\t")[:2], text), (["0", "3065"], self.TEXT))

    def test_come_back_from_text_and_lyrics(self):
        self.assertEqual(self.read("txt"), self.TEXT + "\n")
        lines = re.findall(r"^\[00:00\.00\](.*)$", self.read("lrc"), re.M)
        self.assertEqual("\n".join(lines), self.TEXT)

    def test_come_back_from_subtitles(self):
        srt = self.read("srt").split("\n", 2)
        self.assertEqual(srt[:2], ["1", "00:00:00,000 --> 00:00:03,065"])
        self.assertEqual(srt[2].replace("\u2060", ""), self.TEXT + "\n\n")
        vtt = self.read("vtt").split("\n", 3)
        self.assertEqual(vtt[:3], ["WEBVTT", "", "00:00:00.000 --> 00:00:03.065"])
        self.assertEqual(html.unescape(vtt[3]), self.TEXT + "\n\n")

    def test_mean_the_same_to_ffmpeg(self):
        if not shutil.which("ffmpeg"):
            self.skipTest("ffmpeg is not installed")
        for ending in ("srt", "vtt"):
            shown = subprocess.run(
                ["ffmpeg", "-v", "error", "-i", self.temp / f"phone_flite_slt.{ending}",
                 "-c:s", "text", "-f", "srt", "-"], capture_output=True, check=True)
            self.assertEqual(shown.stderr, b"")
            self.assertEqual(shown.stdout.decode().replace("\u2060", "").split(),
                             ("1 00:00:00,000 --> 00:00:03,065 " + self.TEXT).split(), ending)

    def test_of_right_to_left_text_are_kept(self):
        out = sotto("transcribe", "-q", "-m", self.model, "--output-format", "srt",
                    "--output-file", "-", PIN)[1]
        self.assertIn("\u05e9\u05dc;", out)


class Schema(Command):
    """Real output against tools/transcript.schema.json."""
    SCHEMA = json.loads((ROOT / "tools/transcript.schema.json").read_text())
    KNOWN = {"$schema", "$defs", "$ref", "title", "description", "type", "required", "properties",
             "additionalProperties", "items", "minimum", "maximum", "dependentRequired"}
    TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
             "number": (int, float), "integer": int}

    def wrong(self, value, schema, at="$"):
        """What the schema says against the value; knows what the schema uses of the standard."""
        self.assertLessEqual(set(schema), self.KNOWN, at)
        if "$ref" in schema:
            yield from self.wrong(value, self.SCHEMA["$defs"][schema["$ref"].split("/")[-1]], at)
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        is_bool = isinstance(value, bool)
        if types and not any(isinstance(value, self.TYPES[t]) and is_bool == (t == "boolean")
                             for t in types):
            yield f"{at} is {value!r}, expected {types}"
            return
        if isinstance(value, (int, float)) and not is_bool:
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                yield f"{at} is {value}"
        if isinstance(value, list) and "items" in schema:
            for i, item in enumerate(value):
                yield from self.wrong(item, schema["items"], f"{at}[{i}]")
        if isinstance(value, dict):
            needed = list(schema.get("required", []))
            for key, others in schema.get("dependentRequired", {}).items():
                needed += others if key in value else []
            yield from (f"{at} has no {key}" for key in needed if key not in value)
            properties = schema.get("properties", {})
            for key, item in value.items():
                inner = properties.get(key, schema.get("additionalProperties"))
                if "$ref" in schema:
                    continue
                if inner is None:
                    yield f"{at}.{key} is not in the schema"
                else:
                    yield from self.wrong(item, inner, f"{at}.{key}")

    def conforms(self, *args):
        status, out, err = sotto("transcribe", "-q", "--json", *args)
        self.assertEqual(status, 0, err)
        whole = json.loads(out)
        self.assertEqual(list(self.wrong(whole, self.SCHEMA)), [])
        status, out, err = sotto("transcribe", "-q", "--output-format", "jsonl", "--output-file",
                                 "-", *args)
        segments = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(segments, whole["segments"])
        for segment in segments:
            self.assertEqual(list(self.wrong(segment, self.SCHEMA["$defs"]["segment"])), [])
        return whole

    def test_holds_for_moonshine(self):
        self.assertTrue(self.conforms("-m", MODEL, PHONE)["segments"])

    def test_holds_for_silence(self):
        self.conforms("-m", MODEL, self.file("silence.wav", wav(bytes(32000))))

    def test_holds_for_whisper(self):
        golden = SHARED / "golden/whisper"
        if not golden.exists():
            self.skipTest("no shared golden data")
        model = self.file("openai.pt", lzma.decompress(
            (golden / "micro/model/openai.pt.xz").read_bytes()))
        vocabulary = self.file("any.tiktoken", lzma.decompress(
            (golden / "tokenizer/multilingual.tiktoken.xz").read_bytes()))
        converted = self.temp / "micro.gguf"
        self.assertEqual(sotto("convert", model, "-o", converted, "--vocab", vocabulary)[0], 0)
        options = ("-m", converted, "--word-timestamps", "--temperature", "0", PHONE)
        whole = self.conforms(*options)
        self.assertIn("language", whole)
        words = [word for segment in whole["segments"] for word in segment["words"]]
        self.assertTrue(words)
        # Its words are noise, which subtitles must survive.
        if not shutil.which("ffmpeg"):
            return
        for ending in ("srt", "vtt"):
            self.assertEqual(sotto("transcribe", "-q", *options, "-ml", "20", "-o", self.temp,
                                   "--output-format", ending, "--highlight-words")[0], 0)
            file = self.temp / f"phone_flite_slt.{ending}"
            read = subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", file, "-f", "srt",
                                   "-"], check=True, capture_output=True)
            times = re.compile(rb"^\d\d:\S+ --> \d\d:\S+$", re.M)
            cues = len(times.findall(file.read_bytes()))
            self.assertGreater(cues, 1)
            self.assertEqual((len(times.findall(read.stdout)), read.stderr), (cues, b""))

    def test_sees_what_is_wrong(self):
        good = json.loads(sotto("transcribe", "-q", "--json", "-m", MODEL, PHONE)[1])
        for key, value in (("text", 1), ("rtf", -1), ("threads", True), ("segments", [{}]),
                           ("more", 1)):
            self.assertTrue(list(self.wrong({**good, key: value}, self.SCHEMA)), key)
        del good["isa"]
        self.assertTrue(list(self.wrong(good, self.SCHEMA)))


class Samples(Command):
    """Raw samples on the standard input."""
    def test_of_both_kinds_give_the_text(self):
        samples = PHONE.read_bytes()[44:]
        values = struct.unpack(f"<{len(samples) // 2}h", samples)
        floats = struct.pack(f"<{len(values)}f", *(v / 32768 for v in values))
        for kind, data in (("s16le", samples), ("F32LE", floats)):
            status, out, err = sotto("transcribe", "-m", MODEL, "-v", "--stdin-format", kind,
                                     "--rate", 16000, "-", stdin=data)
            self.assertEqual((status, out), (0, "five five five zero one four two\n"), err)
            self.assertIn("samples", err)

    def test_of_another_rate_last_as_long_as_they_say(self):
        out = sotto("transcribe", "-q", "-m", MODEL, "--stdin-format", "s16le", "--rate", 8000,
                    "--json", "-", stdin=bytes(16000))[1]
        self.assertEqual(json.loads(out)["audio_seconds"], 1)

    def test_that_are_none_are_refused(self):
        raw = ("transcribe", "-m", MODEL, "--rate", "16000", "--stdin-format")
        self.fails("standard input: is empty", *raw, "s16le", "-")
        self.fails("3 bytes", *raw, "s16le", "-", stdin=bytes(3))
        self.fails("not a number", *raw, "f32le", "-", stdin=struct.pack("<2f", 0, float("nan")))


class Ffmpeg(Command):
    def setUp(self):
        super().setUp()
        if not shutil.which("ffmpeg"):
            self.skipTest("ffmpeg is not installed")

    def film(self, name):
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=s=64x64:d=3", "-i",
                        PHONE, "-c:v", "mpeg4", "-c:a", "pcm_s16le", "-ac", "2", "-f", "matroska",
                        "file:" + str(self.temp / name)], check=True)
        return self.temp / name

    def test_reads_what_sotto_cannot_and_is_named(self):
        status, out, err = sotto("transcribe", "-v", "-m", MODEL, self.film("film.mkv"))
        self.assertEqual((status, out), (0, "five five five zero one four two\n"), err)
        self.assertIn("read by ffmpeg (/", err)
        self.assertNotIn("ffmpeg", sotto("transcribe", "-v", "-m", MODEL, PHONE)[2])

    def test_takes_no_name_for_an_option_or_a_protocol(self):
        for name in ("-y.mkv", "pipe:0", "concat:a|b", "x%d.mkv", "a; echo b"):
            self.film(name)
            done = subprocess.run([*WRAPPER, os.path.abspath(SOTTO), "transcribe", "-q", "-m",
                                   MODEL, "--", name], cwd=self.temp, capture_output=True,
                                  check=False)
            self.assertEqual((done.returncode, done.stdout),
                             (0, b"five five five zero one four two\n"), done.stderr)

    def test_may_be_turned_off(self):
        err = self.fails("film.mkv", "transcribe", "-m", MODEL, "--no-ffmpeg",
                         self.film("film.mkv"))
        self.assertNotIn("ffmpeg", err)

    def test_says_why_it_cannot_either(self):
        letter = self.file("letter.mkv", b"Dear Sir or Madam,\n" * 100)
        self.fails("; ffmpeg says: ", "transcribe", "-m", MODEL, letter)

    def test_is_missed_where_there_is_none(self):
        film = self.film("film.mkv")
        self.fails("is not installed", "transcribe", "-m", MODEL, film,
                   environment={**os.environ, "PATH": str(self.temp)})

    def test_is_not_asked_about_broken_sound(self):
        cut = self.file("cut.wav", PHONE.read_bytes()[:20_000])
        self.assertNotIn("ffmpeg", self.fails("cut.wav", "transcribe", "-m", MODEL, cut))


class Interrupted(Command):
    def start(self, *args, **how):
        # Not ignored, as it would be below a shell's "&".
        default = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        running = subprocess.Popen([*WRAPPER, SOTTO, "transcribe", "-m", MODEL, *map(str, args)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   preexec_fn=default, **how)
        self.addCleanup(running.communicate)
        self.addCleanup(running.kill)
        return running

    def ends(self, running):
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130, err)
        self.assertIn(b"interrupted", err)
        return out

    def test_in_the_middle_of_a_sound(self):
        samples = PHONE.read_bytes()[44:]
        sound = self.file("long.wav", wav(samples * 300))
        running = self.start("-q", "--timestamps", "--output-format", "txt", "-o", self.temp, sound)
        self.assertIn(b"[00:00.000", running.stdout.readline())
        self.assertLess(self.ends(running).count(b"\n"), 25)
        self.assertEqual(list(self.temp.glob("*.t*")), [])

    def test_between_files_leaves_whole_ones(self):
        sounds = [self.file(f"{i:04}.wav", PHONE.read_bytes()) for i in range(1000)]
        out = self.temp / "out"
        running = self.start("-q", "--output-format", "txt,srt", "-o", out, *sounds)
        while running.poll() is None and not list(out.glob("*.srt")):
            time.sleep(0.001)
        self.ends(running)
        names = sorted(path.name for path in out.iterdir())
        self.assertTrue(0 < len(names) < 2000)
        whole = len(names) // 2
        self.assertEqual(names, [f"{i:04}.{f}" for i in range(whole) for f in ("srt", "txt")])
        self.assertTrue(all((out / name).stat().st_size > 30 for name in names))

    def test_while_it_waits_for_sound(self):
        running = self.start("--timestamps", PHONE, "-", stdin=subprocess.PIPE)
        running.stdin.write(b"RIFF")
        running.stdin.flush()
        self.assertIn(b"five", running.stdout.readline())
        time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        self.assertEqual(running.wait(timeout=60), 130)

    def test_while_ffmpeg_works(self):
        (self.temp / "ffmpeg").write_text("#!/bin/sh\necho > \"$0.started\"\nexec sleep 100\n")
        (self.temp / "ffmpeg").chmod(0o755)
        running = self.start(self.file("film.mkv", b"none\n" * 1000),
                             env={**os.environ, "PATH": f"{self.temp}:{os.environ['PATH']}"})
        while running.poll() is None and not (self.temp / "ffmpeg.started").exists():
            time.sleep(0.01)
        self.ends(running)


class OnATerminal(Command):
    def screen(self, *args, columns=80, **variables):
        """All that a terminal gets to see."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
        environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        running = subprocess.Popen([*WRAPPER, SOTTO, "transcribe", "-m", *map(str, args)],
                                   stdin=slave, stdout=slave, stderr=slave,
                                   env={**environment, "TERM": "xterm", **variables})
        os.close(slave)
        seen = b""
        try:
            while block := os.read(master, 65536):
                seen += block
        except OSError:  # EIO: the other end was closed
            pass
        os.close(master)
        self.assertEqual(running.wait(), 0, seen)
        return seen.decode()

    def test_shows_progress_and_segments_with_times(self):
        screen = self.screen(MODEL, PHONE)
        self.assertIn("\r\x1b[K  0% [", screen)
        self.assertIn("100% [", screen)
        self.assertIn(" left", screen)
        self.assertIn("\r\x1b[K[00:00.000 --> 00:03.065] five five five zero", screen)
        self.assertEqual(screen.count("five five"), 1)
        # What is left when everything that was drawn over is gone.
        left = [line.split("\r\x1b[K")[-1] for line in screen.split("\r\n")]
        self.assertEqual([line[:10] for line in left if line], ["[00:00.000", str(PHONE)[:10]])

    def test_bar_fits_any_width(self):
        for columns in (1, 20, 33, 1000):
            screen = self.screen(MODEL, PHONE, columns=columns)
            bars = [bar.split("\r")[0] for bar in screen.split("\r\x1b[K") if bar[3:4] == "%"]
            self.assertTrue(bars)
            self.assertLess(max(map(len, bars)), max(20, min(columns, 200)))

    def test_quiet_and_dumb_terminals_get_no_bar(self):
        for args, variables in ((["-q"], {}), (["--no-progress"], {}), ([], {"TERM": "dumb"})):
            self.assertNotIn("%", self.screen(MODEL, PHONE, *args, **variables))
        self.assertNotIn("\x1b", self.screen(MODEL, PHONE, TERM="dumb"))

    def test_json_stays_alone(self):
        self.assertNotIn("-->", self.screen(MODEL, PHONE, "--json"))

    def test_a_hostile_model_cannot_steer_it(self):
        model = MODEL.read_bytes().replace("\u2581five".encode(), "\u2581\x1b[2J".encode())
        screen = self.screen(self.file("odd.gguf", model), PHONE, "-q", "--colors")
        self.assertIn(" [2J", screen)
        self.assertNotIn("\x1b", screen)


class CarriedOver(Command):
    """Command lines of whisper.cpp and openai-whisper."""
    def test_of_whisper_cpp(self):
        status, out, err = sotto("transcribe", "-m", MODEL, "-osrt", "-oj", "-of",
                                 self.temp / "talk", "-t", "2", "-np", "-pp", "-f", PHONE)
        self.assertEqual((status, out, err), (0, "", ""))
        self.assertEqual(sorted(path.name for path in self.temp.iterdir()),
                         ["talk.json", "talk.srt"])

    def test_of_openai_whisper(self):
        status, out, err = sotto("transcribe", "--model", MODEL, PHONE, "--output_format", "tsv",
                                 "--output_dir", self.temp, "--word_timestamps", "False",
                                 "--fp16", "False", "--beam_size", "None")
        self.assertEqual((status, out), (0, ""), err)
        self.assertIn("--fp16 is left out", err)
        self.assertTrue((self.temp / "phone_flite_slt.tsv").exists())

    def test_lead_to_options_that_there_are(self):
        for option, value in (("-ot", "0"), ("-d", "9000"), ("-bs", "2"), ("-bo", "2"),
                              ("-lpt", "-2"), ("-nth", "0.5"), ("-tp", "0"), ("-tpi", "0.1"),
                              ("-l", "en"), ("-mc", "0"), ("-dtw", "x"), ("-nf", None),
                              ("-tr", None), ("-nt", None), ("-pc", None)):
            given = [option] if value is None else [option, value]
            status = sotto("transcribe", "-m", MODEL, *given, PHONE)[0]
            self.assertIn(status, (0, 1), option)  # 2: it makes no sense

    def test_that_ask_for_what_there_is_not_are_refused(self):
        for option in (["--vad"], ["-owts"], ["--diarize"], ["-dl"], ["-mc", "64"]):
            status, out, err = sotto("transcribe", "-m", MODEL, PHONE, *option)
            self.assertEqual((status, out), (2, ""), option)
            self.assertIn(option[0], err)


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
                     [*transcribe, "--output-format", "doc", PHONE],
                     [*transcribe, "--output-dir", "x", PHONE],
                     [*transcribe, "--overwrite", PHONE],
                     [*transcribe, "--output-format", "srt,txt", "--output-file", "-", PHONE],
                     [*transcribe, "--output-format", "srt", "--output-file", "x", PHONE, PIN],
                     [*transcribe, "--output-format", "json", "--highlight-words", PHONE],
                     [*transcribe, "--output-format", "srt", "--max-line-count", "2", PHONE],
                     [*transcribe, "--output-format", "srt", "--max-line-width", "0", PHONE],
                     [*transcribe, "--stdin-format", "s16le", "-"],
                     [*transcribe, "--rate", "16000", "-"],
                     [*transcribe, "--stdin-format", "s24le", "--rate", "16000", "-"],
                     [*transcribe, "--stdin-format", "s16le", "--rate", "0", "-"],
                     [*transcribe, "--stdin-format", "s16le", "--rate", "16000", PHONE],
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
