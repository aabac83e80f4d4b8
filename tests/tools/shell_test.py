#!/usr/bin/env python3
"""Completion, the manual page and suggestions. Usage: shell_test.py SOURCE_DIR SOTTO [WRAPPER...]

WRAPPER is what runs the command where the machine cannot: an emulator and its options.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop(1))
SOTTO = sys.argv.pop(1)
WRAPPER = sys.argv[1:]
MODEL = ROOT / "tools/demo/digits.gguf"
PHONE = ROOT / "tools/demo/samples/phone_flite_slt.wav"

# Prints what bash would offer for the words of the command line.
COMPLETE = """source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_sotto
for each in "${COMPREPLY[@]}"; do printf '%s\\n' "$each"; done"""


def sotto(*args):
    done = subprocess.run([*WRAPPER, SOTTO, *map(str, args)], capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def commands():
    """The names of the subcommands, as --help has them."""
    _, out, _ = sotto("--help")
    block = out.split("Subcommands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\S+)", block, re.MULTILINE)


def options(*command):
    """The names of a command's options, as --help has them."""
    _, out, _ = sotto(*command, "--help")
    heads = re.findall(r"^  (-\S+)", out, re.MULTILINE)
    return {name for head in heads for name in head.split(",")}


class Shell(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.temp = pathlib.Path(folder.name)

    def script(self, shell):
        status, out, err = sotto("completion", shell)
        self.assertEqual((status, err), (0, ""))
        path = self.temp / f"sotto.{shell}"
        path.write_text(out)
        return path

    def needs(self, program):
        if shutil.which(program) is None:
            self.skipTest(f"{program} is not installed")


class Bash(Shell):
    def setUp(self):
        super().setUp()
        self.needs("bash")
        self.completion = self.script("bash")
        self.folder = self.temp / "here"
        self.folder.mkdir()
        for name in ("a model.gguf", "other.gguf", "talk.wav"):
            (self.folder / name).write_bytes(b"")
        (self.folder / "models").mkdir()

    def offers(self, *words):
        done = subprocess.run(
            ["bash", "--norc", "-c", COMPLETE, "bash", self.completion, "sotto", *words],
            cwd=self.folder, capture_output=True, text=True, check=False,
            env={**os.environ, "XDG_DATA_HOME": str(self.temp)})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def test_commands(self):
        self.assertEqual(set(self.offers("")), set(commands()))
        self.assertEqual(self.offers("tr"), ["transcribe"])
        self.assertEqual(set(self.offers("-")), options())

    def test_every_option_of_every_command(self):
        for command in commands():
            self.assertEqual(set(self.offers(command, "-")), options(command), command)

    def test_choices(self):
        self.assertEqual(self.offers("transcribe", "--task", ""), ["transcribe", "translate"])
        self.assertEqual(self.offers("convert", "x", "--type", "q"), ["q4_0", "q8_0"])
        self.assertEqual(self.offers("transcribe", "--language", "y"), ["yo", "yi", "yue"])
        self.assertEqual(self.offers("completion", ""), ["bash", "zsh", "fish"])

    def test_choices_after_an_equals_sign(self):
        self.assertEqual(self.offers("convert", "--type", "=", "q"), ["q4_0", "q8_0"])
        self.assertEqual(self.offers("transcribe", "--task", "="), ["transcribe", "translate"])

    def test_files(self):
        everything = {"a model.gguf", "other.gguf", "talk.wav", "models"}
        self.assertEqual(set(self.offers("transcribe", "-m", "other.gguf", "")), everything)
        self.assertEqual(set(self.offers("plot", "-o", "")), everything)
        self.assertEqual(self.offers("transcribe", "ta"), ["talk.wav"])

    def test_models(self):
        self.assertEqual(set(self.offers("transcribe", "-m", "")),
                         {"a model.gguf", "other.gguf", "models"})
        self.assertEqual(set(self.offers("inspect", "o")), {"other.gguf"})

    def test_models_by_name(self):
        models = self.temp / "sotto/models"
        models.mkdir(parents=True)
        (models / "tiny.en.gguf").write_bytes(b"")
        self.assertEqual(self.offers("transcribe", "--model", "t"), ["tiny.en"])

    def test_nothing_where_anything_may_stand(self):
        self.assertEqual(self.offers("transcribe", "--threads", ""), [])
        self.assertEqual(self.offers("transcribe", "--prompt", ""), [])


class OtherShells(Shell):
    def test_zsh_reads_its_script(self):
        script = self.script("zsh")
        self.assertTrue(script.read_text().startswith("#compdef sotto\n"))
        for command in commands():
            for name in options(command):
                self.assertIn(name, script.read_text())
        self.needs("zsh")
        done = subprocess.run(["zsh", "-n", script], capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_fish_completes(self):
        script = self.script("fish")
        self.needs("fish")
        done = subprocess.run(["fish", "-n", script], capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        for line, expected in (("sotto tr", ["transcribe"]),
                               ("sotto convert --type q", ["q4_0", "q8_0"]),
                               ("sotto transcribe --task tra", ["transcribe", "translate"]),
                               ("sotto transcribe --word", ["--word-timestamps"])):
            done = subprocess.run(["fish", "--no-config", "-c", 'source $argv[1]; '
                                   'complete -C $argv[2]', script, line],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.stderr, "")
            self.assertEqual([offer.split("\t")[0] for offer in done.stdout.splitlines()],
                             expected, line)

    def test_another_shell_is_refused(self):
        self.assertEqual(sotto("completion", "tcsh")[0], 2)


class Manual(Shell):
    def setUp(self):
        super().setUp()
        status, self.page, err = sotto("man")
        self.assertEqual((status, err), (0, ""))

    def test_names_every_command_and_option(self):
        plain = self.page.replace("\\-", "-")
        for command in commands():
            self.assertIn(f".SH SOTTO {command.upper()}\n", plain)
            section = plain.split(f".SH SOTTO {command.upper()}\n")[1].split("\n.SH ")[0]
            named = set(re.findall(r"\\fB(-[^\\]+)\\fP", section))
            self.assertLessEqual(options(command), named, command)
            self.assertIn(".SS Examples\n", section)
        for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT"):
            self.assertIn(f".SH {title}\n", plain)

    def test_is_clean_roff(self):
        self.needs("groff")
        done = subprocess.run(["groff", "-man", "-ww", "-z", "-Tascii"], input=self.page.encode(),
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_shows_options_as_they_are_typed(self):
        self.needs("groff")
        done = subprocess.run(["groff", "-man", "-Tascii", "-P-cbou"], input=self.page.encode(),
                              capture_output=True, check=False)
        self.assertIn("-m, --model MODEL", done.stdout.decode())
        self.assertIn("sotto transcribe -m MODEL [options] files ...", done.stdout.decode())


class Help(Shell):
    def test_has_examples_for_each_command(self):
        for command in commands():
            _, out, _ = sotto(command, "--help")
            self.assertRegex(out, rf"Examples:\n(.*\n)*.*sotto {command}", command)

    def test_examples_use_options_that_exist(self):
        for command in commands():
            _, out, _ = sotto(command, "--help")
            for line in out.split("Examples:\n")[1].splitlines():
                call = re.search(r"sotto (\S+) (.*?)(?:  #|[|>]|$)", line)
                if call is None or call[1] not in commands():
                    continue
                used = set(re.findall(r"(?<!\S)(--?[a-z][-a-z]*)", call[2]))
                self.assertLessEqual(used, options(call[1]), line)


class Suggestions(Shell):
    def says(self, message, *args):
        status, out, err = sotto(*args)
        self.assertEqual((status, out), (2, ""), args)
        self.assertTrue(err.startswith(f"sotto: {message}\n"), err)
        self.assertIn("--help", err)

    def test_options(self):
        transcribe = ("transcribe", "-m", MODEL, PHONE)
        self.says("--langauge: no such option; did you mean --language?", *transcribe,
                  "--langauge", "en")
        self.says("--beam-sise: no such option; did you mean --beam-size?", *transcribe,
                  "--beam-sise=5")
        self.says("--modle: no such option; did you mean --model?", "transcribe", "--modle", MODEL)
        self.says("--frobnicate: no such option", *transcribe, "--frobnicate")

    def test_commands(self):
        self.says("transcrbe: no such command; did you mean transcribe?", "transcrbe", PHONE)
        self.says("sing: no such command", "sing")

    def test_choices(self):
        self.says('--type: "q80" is none of bf16, exact, f16, f32, q4_0, q8_0; did you mean q8_0?',
                  "convert", "x", "-o", "y", "--type", "q80")
        self.says('--task: "tanslate" is none of transcribe, translate; did you mean translate?',
                  "transcribe", "-m", MODEL, PHONE, "--task", "tanslate")

    def test_languages(self):
        self.says('--language: no language is called "englsh"; did you mean english?',
                  "transcribe", "-m", MODEL, PHONE, "--language", "englsh")
        self.says('--languages: no language is called "klingon"',
                  "transcribe", "-m", MODEL, PHONE, "--languages", "en,klingon")


unittest.main(argv=sys.argv[:1], verbosity=2)
