#!/usr/bin/env python3
"""sotto plot as its users see it. Usage: plot_test.py SOURCE_DIR SOTTO [WRAPPER...]

WRAPPER is what runs the command where the machine cannot: an emulator and its options.
"""
import base64
import html.parser
import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import wave
import xml.etree.ElementTree as etree

ROOT = pathlib.Path(sys.argv.pop(1))
SOTTO = sys.argv.pop(1)
WRAPPER = sys.argv[1:]
DEMO = ROOT / "tools/demo"
MODEL = DEMO / "digits.gguf"
PHONE = DEMO / "samples/phone_flite_slt.wav"
SVG = "{http://www.w3.org/2000/svg}"
LEFT, PANEL = 32, 1176  # where a row begins, and its width

# What text may hold: markup, quotes, a line's end, right-to-left letters, joined and flag emoji,
# an accent of its own, what turns a line around, and controls.
ODD = ["<script>alert(1)</script>", "&amp; \"quoted\" 'single'", "--> ]]> -->", "a\nb",
       "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\U0001f469\u200d\U0001f467",
       "\U0001f1e9\U0001f1ea", "e\u0301", "x\u202ey", "nul\u0000bell\u0007", "\u65e5\u672c\u8a9e"]


def sotto(*args, stdin=b""):
    done = subprocess.run([*WRAPPER, SOTTO, *map(str, args)], input=stdin, capture_output=True,
                          check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Page(html.parser.HTMLParser):
    """What a browser would ask for, play and run."""

    def __init__(self, text):
        super().__init__()
        self.sources, self.plays, self.tags, self.said = [], [], [], ""
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.sources += [attrs[key] for key in ("src", "href", "xlink:href") if key in attrs]
        if "data-start" in attrs and tag == "span":
            self.plays.append((float(attrs["data-start"]), float(attrs["data-end"])))
            self.inside = True

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "span"

    def handle_data(self, data):
        self.said += data + "\n" if self.inside else ""


class Plot(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.temp = pathlib.Path(folder.name)
        self.sound = self.temp / "a & b #1.wav"
        self.sound.write_bytes(self.wav(10))

    @staticmethod
    def wav(seconds, rate=8000):
        cycle = b"".join(struct.pack("<h", i * 37 % 8000 - 4000) for i in range(8000))
        data = (cycle * (seconds * rate // 8000 + 1))[:seconds * rate * 2]
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(data)
        return file.getvalue()

    def transcript(self, words=None, **changes):
        words = [{"word": " one", "start": 1.0, "end": 2.0, "probability": 0.9}] \
            if words is None else words
        segment = {"start": 1.0, "end": 9.0, "text": "all", "words": words, **changes}
        path = self.temp / "t.json"
        path.write_text(json.dumps({"file": "x", "segments": [segment]}))
        return path

    def plot(self, transcript, name="out.svg", *options):
        out = self.temp / name
        status, printed, err = sotto("plot", transcript, self.sound, "-o", out, *options)
        self.assertEqual((status, printed, err), (0, "", ""))
        return out

    def fails(self, reason, *args, status=1, **keywords):
        before = sorted(self.temp.iterdir())
        found, out, err = sotto("plot", *args, **keywords)
        self.assertEqual((found, out), (status, ""), err)
        self.assertIn(reason, err)
        self.assertEqual(sorted(self.temp.iterdir()), before)

    def test_a_real_transcript_becomes_a_picture(self):
        _, out, _ = sotto("transcribe", "-q", "-m", MODEL, "--json", PHONE)
        (self.temp / "phone.json").write_text(out)
        svg = self.temp / "phone.svg"
        self.assertEqual(sotto("plot", self.temp / "phone.json", PHONE, "-o", svg)[0], 0)
        root = etree.parse(svg).getroot()
        texts = ["".join(text.itertext()) for text in root.iter(SVG + "text")]
        self.assertIn("five five five zero one four two", texts)
        self.assertIn("phone_flite_slt.wav", texts)

    def test_the_transcript_may_come_from_a_pipe(self):
        transcript = self.transcript().read_bytes()
        out = self.temp / "out.svg"
        self.assertEqual(sotto("plot", "-", self.sound, "-o", out, stdin=transcript)[0], 0)
        etree.parse(out)

    def test_a_word_is_where_it_is_said(self):
        words = [{"word": " one", "start": 1.0, "end": 2.0, "probability": 0.9},
                 {"word": " two", "start": 6.0, "end": 9.0, "probability": 0.1}]
        root = etree.parse(self.plot(self.transcript(words))).getroot()
        bars = [rect for rect in root.iter(SVG + "rect") if rect.get("class") == "sotto-bar"]
        self.assertEqual(len(bars), 2)
        for bar, (start, length) in zip(bars, ((1, 1), (6, 3))):
            self.assertAlmostEqual(float(bar.get("x")), LEFT + PANEL * start / 10, delta=0.06)
            self.assertAlmostEqual(float(bar.get("width")), PANEL * length / 10, delta=0.6)
        pauses = [rect for rect in root.iter(SVG + "rect") if rect.get("class") == "sotto-pause"]
        self.assertEqual([round(float(rect.get("x"))) for rect in pauses],
                         [LEFT, round(LEFT + PANEL * 0.2), round(LEFT + PANEL * 0.9)])

    def test_any_text_is_well_formed_and_only_text(self):
        words = [{"word": " " + text, "start": 0.8 * i, "end": 0.8 * i + 0.7, "probability": 0.5}
                 for i, text in enumerate(ODD)]
        transcript = self.transcript(words, start=0)
        root = etree.parse(self.plot(transcript, "out.svg", "--title", "<&\"\u202e>")).getroot()
        self.assertEqual({tag.tag.removeprefix(SVG) for tag in root.iter()},
                         {"svg", "title", "style", "defs", "linearGradient", "stop", "pattern",
                          "line", "rect", "path", "text", "g"})
        tips = {title.text.split("\n")[0] for title in root.iter(SVG + "title")}
        self.assertTrue({ODD[0], ODD[1], ODD[2], "a b", *ODD[4:9], "xy", "nulbell",
                         ODD[11]} <= tips, tips)
        page = self.plot(transcript, "out.html").read_text()
        for character in "\u202e\u0000\u0007":
            self.assertNotIn(character, page)
        self.assertEqual(Page(page).tags.count("script"), 1)
        for text in ODD[:3]:
            self.assertIn(text + "\n", Page(page).said)

    def test_a_page_holds_the_sound_and_asks_for_nothing(self):
        page = Page(self.plot(self.transcript(), "out.html").read_text())
        self.assertEqual(len(page.sources), 1)
        kind, data = page.sources[0].split(",")
        self.assertEqual(kind, "data:audio/wav;base64")
        with wave.open(io.BytesIO(base64.b64decode(data, validate=True))) as sound:
            self.assertEqual((sound.getnchannels(), sound.getsampwidth(), sound.getframerate(),
                              sound.getnframes()), (1, 2, 8000, 80000))
        self.assertEqual(page.plays, [(1.0, 2.0)])

    def test_a_page_may_link_to_the_sound(self):
        (self.temp / "pages").mkdir()
        page = self.plot(self.transcript(), "pages/out.html", "--link-audio").read_text()
        self.assertEqual(Page(page).sources, ["../a%20%26%20b%20%231.wav"])

    def test_long_sound_is_linked_not_held(self):
        self.sound.write_bytes(self.wav(20, rate=700_000))
        out = self.temp / "out.html"
        self.fails("--link-audio", self.transcript(), self.sound, "-o", out)

    def test_rows(self):
        svg = self.plot(self.transcript(), "out.svg", "--row-seconds", "4")
        panels = [rect for rect in etree.parse(svg).getroot().iter(SVG + "rect")
                  if rect.get("class") == "sotto-panel"]
        self.assertEqual([float(rect.get("width")) for rect in panels], [PANEL, PANEL, PANEL / 2])

    def test_bad_transcripts_are_named_and_leave_nothing(self):
        out = self.temp / "out.svg"
        bad = self.temp / "bad.json"
        for contents, reason in ((b"", "bad.json: not JSON, from byte 1"),
                                 (b"{\"segments\":[{}]}", "there is no segments[0].start"),
                                 (b"{\"text\":\"\"}", "bad.json: there is no segments"),
                                 (b"\xff\xfe", "bad.json: not JSON"),
                                 (b"[" * 100_000, "bad.json: not JSON")):
            bad.write_bytes(contents)
            self.fails(reason, bad, self.sound, "-o", out)
        self.fails("t.json: segments[0].words[0].start is \"soon\"", self.transcript(
            [{"word": "a", "start": "soon", "end": 2}]), self.sound, "-o", out)
        self.fails("none.json: cannot be opened", self.temp / "none.json", self.sound, "-o", out)
        self.fails("/dev/zero: longer than", "/dev/zero", self.sound, "-o", out)

    def test_bad_sound_is_named_and_leaves_nothing(self):
        transcript = self.transcript()
        out = self.temp / "out.svg"
        self.fails("none.wav", transcript, self.temp / "none.wav", "-o", out)
        self.fails(str(transcript), transcript, transcript, "-o", out)
        self.fails("is it another?", self.transcript(start=500, end=501), self.sound, "-o", out)

    def test_a_picture_that_cannot_be_written_leaves_the_old_one(self):
        transcript = self.transcript()
        self.fails("cannot write", transcript, self.sound, "-o", self.temp / "none/out.svg")
        old = self.plot(transcript)
        before = old.read_bytes()
        self.fails("not JSON", self.sound, self.sound, "-o", old)
        self.assertEqual(old.read_bytes(), before)

    def test_a_full_disk_leaves_the_old_one(self):
        transcript = self.transcript()
        old = self.plot(transcript)
        before = old.read_bytes()
        # Files may grow to nothing: what a full disk does to a write.
        limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"]
        done = subprocess.run([*limited, *WRAPPER, SOTTO, "plot", transcript, self.sound, "-o",
                               old], capture_output=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write", done.stderr)
        self.assertEqual(old.read_bytes(), before)
        self.assertEqual(len(list(self.temp.iterdir())), 3)

    def test_usage(self):
        transcript = self.transcript()
        self.fails("ends neither with .svg nor with .html", transcript, self.sound, "-o",
                   self.temp / "out.png", status=2)
        self.fails("--output is required", transcript, self.sound, status=2)


unittest.main(argv=sys.argv[:1], verbosity=2)
