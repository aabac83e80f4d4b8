#!/usr/bin/env python3
"""Models by name, from a server on this machine. Usage: pull_test.py SOURCE_DIR SOTTO [WRAPPER...]

The server offers the bundled digits model under the name of Moonshine's tiny one, as Hugging Face
does: a redirect that states size and SHA-256, and a second place that has the bytes.
"""
import hashlib
import http.server
import json
import lzma
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(sys.argv.pop(1))
SOTTO = sys.argv.pop(1)
WRAPPER = sys.argv[1:]
sys.path.insert(0, str(ROOT / "tests/tools"))
sys.dont_write_bytecode = True
import checkpoint  # noqa: E402  (beside this file)

MODEL = ROOT / "tools/demo/digits.gguf"
PHONE = ROOT / "tools/demo/samples/phone_flite_slt.wav"
WORDS = "five five five zero one four two\n"
SHARED = pathlib.Path(os.environ.get("SOTTO_SHARED") or ROOT.parent / "shared")
FILES = checkpoint.moonshine_checkpoint(MODEL.read_bytes())
WEIGHTS = FILES["model.safetensors"]
REPOSITORY = "/UsefulSensors/moonshine-tiny/resolve/main/"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, fields=(), body=b""):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in fields):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        server = self.server
        path = re.sub(r"^http://[^/]*", "", self.path)  # what a proxy is asked
        with server.lock:
            server.requests.append((self.path, dict(self.headers)))
        if path in server.special:
            server.special[path](self)
        elif path.startswith("/cdn/"):
            self.send_file(server.files["model.safetensors"])
        elif not path.startswith(REPOSITORY):
            self.answer(404)
        elif (name := path[len(REPOSITORY):]) not in server.files:
            self.answer(404)
        elif name == "model.safetensors" and server.redirects:
            data = server.files[name]
            fields = [("Location", "/cdn/" + sha256(data))]
            if server.states_hash:
                fields += [("X-Linked-Size", str(server.stated_size or len(data))),
                           ("X-Linked-ETag", f'"{server.stated_hash or sha256(data)}"')]
            self.answer(302, fields, b"Found")
        else:
            self.send_file(server.files[name])

    def send_file(self, data):
        server = self.server
        fields, status, start = [("Content-Type", "application/octet-stream")], 200, 0
        etag = f'"{hashlib.md5(data).hexdigest()}"'
        if server.etags:
            fields.append(("ETag", etag))
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted and server.ranges and self.headers.get("If-Range", etag) == etag:
            start, status = int(wanted[1]), 206
            if start >= len(data):
                self.answer(416, [("Content-Range", f"bytes */{len(data)}")])
                return
            fields.append(("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}"))
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.send_slowly(data[start:], len(data) > 100_000)

    def send_slowly(self, data, big):
        server = self.server
        if not big:
            self.wfile.write(data)
            return
        if server.cuts > 0:
            server.cuts -= 1
            self.wfile.write(data[:server.cut_after])
            self.wfile.flush()
            self.close_connection = True
            return
        for at in range(0, len(data), 1 << 18):
            self.wfile.write(data[at:at + (1 << 18)])
            server.sent += len(data[at:at + (1 << 18)])
            if server.pause:
                time.sleep(server.pause)
            if server.stops:
                server.gate.wait(60)



class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, secure=None):
        super().__init__(("127.0.0.1", 0), Handler)
        if secure:
            self.socket = secure.wrap_socket(self.socket, server_side=True)
        self.lock = threading.Lock()
        self.gate = threading.Event()
        self.requests, self.special, self.files = [], {}, dict(FILES)
        self.redirects = self.ranges = self.etags = self.states_hash = True
        self.stated_hash = self.stated_size = None
        self.cuts, self.cut_after, self.pause, self.stops, self.sent = 0, 1_000_000, 0, False, 0
        self.url = f"{'https' if secure else 'http'}://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # the client went away, as it may

    def close(self):
        self.gate.set()
        self.shutdown()
        self.server_close()

    def paths(self):
        return [path for path, _ in self.requests]

    def ranges_asked(self):
        return [fields["Range"] for path, fields in self.requests
                if path.startswith("/cdn/") and "Range" in fields]


class Named(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.temp = pathlib.Path(folder.name)
        self.data = self.temp / "data"
        self.models = self.data / "sotto/models"
        self.env = {k: v for k, v in os.environ.items() if k.lower() not in PROXIES}
        self.env |= {"HOME": str(self.temp / "home"), "XDG_DATA_HOME": str(self.data)}
        self.server = Server()
        self.addCleanup(self.server.close)

    def start(self, *args, **how):
        return subprocess.Popen([*WRAPPER, SOTTO, *map(str, args)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env,
                                cwd=self.temp, text=True, **how)

    def sotto(self, *args, **how):
        process = self.start(*args, **how)
        out, err = process.communicate(timeout=200)
        return process.returncode, out, err

    def pull(self, *args, name="moonshine-tiny", origin=None, retries=0, **how):
        return self.sotto("pull", "--from", origin or self.server.url, "--retries", retries, name,
                          *args, **how)

    def succeeds(self, *args, **how):
        status, out, err = self.pull(*args, **how)
        self.assertEqual(status, 0, err)
        return out, err

    def fails(self, *reasons, args=(), **how):
        status, out, err = self.pull(*args, **how)
        self.assertEqual((status, out), (1, ""), err)
        for reason in reasons:
            self.assertIn(reason, err)
        self.assertEqual(list(self.models.glob("*.gguf")), [])
        return err

    def everything(self):
        """All files below the models folder."""
        return sorted(p.relative_to(self.models).as_posix() for p in self.models.rglob("*")
                      if p.is_file())

    def hears(self, name="moonshine-tiny"):
        status, out, err = self.sotto("transcribe", "-q", "-m", name, PHONE)
        self.assertEqual((status, out), (0, WORDS), err)


class Pull(Named):
    def test_a_pulled_model_is_known_by_its_name_everywhere(self):
        out, err = self.succeeds()
        self.assertEqual(out, f"{self.models}/moonshine-tiny-q8_0.gguf\n")
        self.assertIn("license: cc-by-sa-4.0", err)
        self.assertNotIn("\r", err)
        self.assertEqual(self.everything(), ["moonshine-tiny-q8_0.gguf"])
        self.hears()
        self.hears("moonshine-tiny-q8_0")
        self.hears("moonshine-tiny-q8_0.gguf")
        for args in (["inspect", "moonshine-tiny"],
                     ["convert", "moonshine-tiny", "--type", "f16", "-o", self.temp / "x.gguf"],
                     ["bench", "-m", "moonshine-tiny", "-f", PHONE, "--runs", "1"],
                     ["bench", "-m", "moonshine-tiny", "--manifest",
                      ROOT / "tools/demo/samples/clips.tsv"]):
            self.assertEqual(self.sotto(*args)[0], 0, args)
        self.assertIn("name             moonshine-tiny\n",
                      self.sotto("inspect", "moonshine-tiny")[1])

    def test_what_is_there_is_not_pulled_again(self):
        self.succeeds()
        before = len(self.server.requests)
        out, err = self.succeeds()
        self.assertIn("there already", err)
        self.assertEqual(out, f"{self.models}/moonshine-tiny-q8_0.gguf\n")
        self.assertEqual(len(self.server.requests), before)
        self.succeeds("--force")
        self.assertGreater(len(self.server.requests), before)

    def test_types_live_side_by_side_and_the_last_pulled_has_the_plain_name(self):
        self.succeeds("--type", "Q4_0")
        self.succeeds("--type", "exact")
        self.assertEqual(self.everything(),
                         ["moonshine-tiny-exact.gguf", "moonshine-tiny-q4_0.gguf"])
        names = self.sotto("models", "--names")[1].split()
        self.assertEqual(names, ["moonshine-tiny", "moonshine-tiny-q4_0"])
        self.hears()
        os.utime(self.models / "moonshine-tiny-q4_0.gguf", (2e9, 2e9))
        names = self.sotto("models", "--names")[1].split()
        self.assertEqual(names, ["moonshine-tiny-exact", "moonshine-tiny"])
        os.utime(self.models / "moonshine-tiny-q4_0.gguf", (1e9, 1e9))
        os.utime(self.models / "moonshine-tiny-exact.gguf", (1.1e9, 1.1e9))
        self.assertIn("there already", self.succeeds("--type", "q4_0")[1])
        names = self.sotto("models", "--names")[1].split()
        self.assertEqual(names, ["moonshine-tiny-exact", "moonshine-tiny"])

    def test_quiet_says_nothing_else(self):
        self.assertEqual(self.succeeds("-q")[1], "")

    def test_the_list_names_all(self):
        status, out, err = self.sotto("pull", "--list")
        self.assertEqual((status, err), (0, ""))
        for name in ("tiny.en", "large-v3", "turbo", "distil-large-v3", "moonshine-base-ja"):
            self.assertRegex(out, rf"(?m)^{re.escape(name)} +\d+ MB +\d+ MB")
        self.assertFalse(self.models.exists())

    def test_a_name_that_is_none_gets_a_suggestion(self):
        self.fails("did you mean tiny.en", name="tinny.en")
        self.fails("--list", name="gigantic")
        for args in (["pull"], ["pull", "tiny", "--list"], ["pull", "tiny", "--type", "q9"],
                     ["pull", "tiny", "--timeout", "0"], ["models", "--json", "--names"]):
            status, out, err = self.sotto(*args)
            self.assertEqual((status, out), (2, ""), args)
            self.assertTrue(err)
        self.assertEqual(self.server.requests, [])

    def test_without_a_home_there_is_no_folder(self):
        del self.env["HOME"], self.env["XDG_DATA_HOME"]
        self.fails("HOME")
        for args in (["models"], ["transcribe", "-m", "tiny.en", PHONE]):
            status, out, err = self.sotto(*args)
            self.assertEqual((status, out), (1, ""))
            self.assertIn("HOME", err)

    def test_a_relative_data_home_is_passed_over(self):
        self.env["XDG_DATA_HOME"] = "data"
        out, _ = self.succeeds()
        self.assertEqual(out, f"{self.temp}/home/.local/share/sotto/models/"
                              "moonshine-tiny-q8_0.gguf\n")
        self.assertFalse(self.data.exists())

    def test_a_models_folder_that_cannot_be_is_named(self):
        self.data.write_bytes(b"")
        self.assertIn(str(self.models), self.fails("Not a directory"))


class Servers(Named):
    """What a server may do."""

    def partial(self):
        return self.models / ".partial/moonshine-tiny/model.safetensors"

    def nothing_kept(self):
        self.assertEqual(self.everything(), [])

    def test_a_cut_download_is_continued(self):
        self.server.cuts = 1
        err = self.fails("cut", "1.0 MB are kept",
                         f"{REPOSITORY}model.safetensors (redirected to {self.server.url}): ")
        self.assertNotIn("trying again", err)
        self.assertEqual(self.partial().read_bytes(), WEIGHTS[:1_000_000])
        self.succeeds()
        self.assertEqual(self.server.ranges_asked(), ["bytes=999999-"])
        self.assertEqual(self.server.sent, len(WEIGHTS) - 999_999)
        self.assertEqual(self.everything(), ["moonshine-tiny-q8_0.gguf"])
        self.hears()

    def test_a_cut_download_is_continued_at_once(self):
        self.server.cuts = 2
        err = self.succeeds(retries=2)[1]
        self.assertEqual(err.count("trying again"), 2)
        self.assertEqual(self.server.ranges_asked(), ["bytes=999999-", "bytes=1999998-"])
        self.hears()

    def test_a_server_without_ranges_sends_all_again(self):
        self.server.cuts, self.server.ranges = 1, False
        self.fails("cut")
        self.succeeds()
        self.assertEqual(self.server.sent, len(WEIGHTS))
        self.hears()

    def test_what_cannot_be_known_again_is_not_kept(self):
        self.server.cuts, self.server.states_hash, self.server.etags = 1, False, False
        self.assertNotIn("kept", self.fails("cut"))
        self.nothing_kept()
        self.succeeds()
        self.assertEqual(self.server.ranges_asked(), [])

    def test_a_file_that_changed_is_not_spliced(self):
        for states_hash in (True, False):
            with self.subTest(states_hash=states_hash):
                self.server.states_hash = states_hash
                self.server.cuts = 1
                self.server.files["model.safetensors"] = bytes(2_000_000) + WEIGHTS[2_000_000:]
                self.fails("kept")
                self.server.files["model.safetensors"] = WEIGHTS
                self.server.sent = 0
                self.succeeds("--force")
                self.assertEqual(self.server.sent, len(WEIGHTS))
                self.hears()
                (self.models / "moonshine-tiny-q8_0.gguf").unlink()

    def test_without_a_hash_the_tag_guards_the_rest(self):
        self.server.states_hash, self.server.cuts = False, 1
        self.fails("kept")
        self.succeeds()
        last = [fields for path, fields in self.server.requests if path.startswith("/cdn/")][-1]
        self.assertEqual(last["If-Range"], f'"{hashlib.md5(WEIGHTS).hexdigest()}"')
        self.hears()

    def test_a_wrong_hash_is_refused_and_thrown_away(self):
        self.server.stated_hash = "ab" * 32
        self.fails("SHA-256", sha256(WEIGHTS), "ab" * 32)
        self.nothing_kept()

    def test_a_damaged_beginning_does_not_survive(self):
        self.server.cuts = 1
        self.fails("kept")
        self.partial().write_bytes(bytes(1_000_000))
        self.fails("SHA-256")
        self.nothing_kept()
        self.succeeds()
        self.hears()

    def test_another_size_than_stated_is_refused(self):
        self.server.stated_size = len(WEIGHTS) + 1
        self.fails(f"its publisher states {len(WEIGHTS) + 1}")
        self.nothing_kept()

    def test_a_size_that_no_such_model_has_is_refused_before_a_byte(self):
        self.server.redirects = False

        def lie(handler):
            handler.answer(200, [("Content-Length", str(10**18)), ("ETag", '"x"')], b"x")
        self.server.special[REPOSITORY + "model.safetensors"] = lie
        self.fails("more than such a file can be")
        self.nothing_kept()

    def test_more_bytes_than_stated_are_not_taken(self):
        def lie(handler):
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.send_header("X-Linked-Size", "5")
            handler.end_headers()
            handler.wfile.write(b"a\r\n0123456789\r\n0\r\n\r\n")
        self.server.special[REPOSITORY + "config.json"] = lie
        self.fails("more than it stated")
        self.nothing_kept()

    def test_pages_of_html_are_no_files(self):
        for kind in ("text/html; charset=utf-8", "application/octet-stream"):
            def portal(handler, kind=kind):
                handler.answer(200, [("Content-Type", kind), ("ETag", '"x"')],
                               b"\n<!DOCTYPE html><html>Please log in</html>")
            self.server.special[REPOSITORY + "model.safetensors"] = portal
            self.fails("HTML", "model.safetensors")
            self.nothing_kept()

    def test_stand_ins_of_git_lfs_are_no_files(self):
        self.server.files["model.safetensors"] = b"version https://git-lfs.github.com/spec/v1\n"
        self.fails("Git LFS")
        self.nothing_kept()

    def test_statuses_are_explained(self):
        for status, reason in ((401, "login"), (403, "not allow"), (429, "too many"),
                               (500, "fault"), (418, "418"), (304, "304")):
            self.server.special[REPOSITORY + "config.json"] = (
                lambda handler, status=status: handler.answer(status))
            self.fails(str(status), reason, "config.json")
        self.nothing_kept()

    def test_what_is_not_there_is_named(self):
        for name in ("config.json", "tokenizer.json", "model.safetensors"):
            kept = self.server.files.pop(name)
            self.fails("404", name)
            self.nothing_kept()
            self.server.files[name] = kept

    def test_a_server_with_a_fault_is_asked_again(self):
        faults = [503, 500]

        def sometimes(handler):
            if faults:
                handler.answer(faults.pop())
            else:
                handler.send_file(FILES["config.json"])
        self.server.special[REPOSITORY + "config.json"] = sometimes
        self.succeeds(retries=2)

    def test_redirects_come_to_an_end(self):
        for target in (REPOSITORY + "config.json", "?again"):
            self.server.special[REPOSITORY + "config.json"] = (
                lambda handler, target=target: handler.answer(302, [("Location", target)]))
            self.server.special[REPOSITORY + "config.json?again"] = (
                self.server.special[REPOSITORY + "config.json"])
            self.fails("redirects more than 10 times")
        self.assertLess(len(self.server.requests), 30)

    def test_redirects_stay_on_the_web(self):
        for target in ("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"):
            self.server.special[REPOSITORY + "config.json"] = (
                lambda handler, target=target: handler.answer(302, [("Location", target)]))
            self.fails("redirects to " + target)

    def test_a_server_that_stalls_is_given_up(self):
        self.server.stops = True
        begin = time.monotonic()
        self.fails("nothing came for 1 s", "kept", args=("--timeout", "1"))
        self.assertLess(time.monotonic() - begin, 40)
        self.server.stops = False
        self.succeeds()
        self.hears()

    def test_a_pull_that_was_killed_is_continued(self):
        self.server.stops = True
        process = self.start("pull", "--from", self.server.url, "moonshine-tiny")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (
                self.partial().exists() and self.partial().stat().st_size >= 1 << 18):
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        self.server.stops = False
        self.server.gate.set()
        self.assertEqual(list(self.models.glob("*.gguf")), [])
        self.succeeds()
        self.assertEqual(len(self.server.ranges_asked()), 1)
        self.assertEqual(self.everything(), ["moonshine-tiny-q8_0.gguf"])
        self.hears()

    def test_shards_are_fetched_by_their_index(self):
        del self.server.files["model.safetensors"]
        index = {"metadata": {}, "weight_map": {}}
        _, tensors = checkpoint.read_gguf(MODEL.read_bytes())
        for number in (0, 1):
            name = f"model-0000{number + 1}-of-00002.safetensors"
            part = {k: v for i, (k, v) in enumerate(tensors.items()) if i % 2 == number}
            self.server.files[name] = checkpoint.safetensors(part)
            index["weight_map"] |= {checkpoint.hugging_face_name(k): name for k in part}
        self.server.files["model.safetensors.index.json"] = json.dumps(index).encode()
        self.succeeds()
        self.hears()

    def test_an_index_cannot_name_files_elsewhere(self):
        del self.server.files["model.safetensors"]
        for name in ("../../x.safetensors", "/etc/x.safetensors", ".x.safetensors", "config.json",
                     "a\nb.safetensors", 7):
            self.server.files["model.safetensors.index.json"] = json.dumps(
                {"weight_map": {"model.x": name}}).encode()
            self.fails("not a plain file name")
            self.nothing_kept()

    def test_a_checkpoint_that_is_no_model_leaves_nothing(self):
        self.server.files["config.json"] = b'{"model_type": "bert"}'
        self.fails("bert")
        self.nothing_kept()


class Machine(Named):
    """What the machine may lack."""

    def limit(self, size):
        def limit_now():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return limit_now

    def test_a_full_disk_stops_the_download(self):
        self.fails("model.safetensors", "kept", preexec_fn=self.limit(1_000_000))
        kept = self.models / ".partial/moonshine-tiny/model.safetensors"
        self.assertEqual(kept.read_bytes(), WEIGHTS[:1_000_000])
        self.succeeds()
        self.assertEqual(len(self.server.ranges_asked()), 1)
        self.hears()

    def test_a_full_disk_stops_the_conversion(self):
        self.fails("File too large", args=("--type", "f32"), preexec_fn=self.limit(5_000_000))
        sent = self.server.sent
        self.succeeds("--type", "f32")
        self.assertEqual(self.server.sent, sent + 1, "what was whole is not sent again")
        self.assertEqual(self.everything(), ["moonshine-tiny-f32.gguf"])
        self.hears()

    def test_two_pulls_at_once_download_once(self):
        self.server.stops = True
        both = [self.start("pull", "--from", self.server.url, "moonshine-tiny") for _ in range(2)]
        time.sleep(1)
        self.server.stops = False
        self.server.gate.set()
        ends = [process.communicate(timeout=200) for process in both]
        self.assertEqual([process.returncode for process in both], [0, 0], ends)
        self.assertEqual(ends[0][0], ends[1][0])
        said = ends[0][1] + ends[1][1]
        self.assertIn("waiting", said)
        self.assertIn("there already", said)
        self.assertEqual(self.server.paths().count(REPOSITORY + "model.safetensors"), 1)
        self.assertEqual(self.everything(), ["moonshine-tiny-q8_0.gguf"])
        self.hears()

    def test_two_models_at_once(self):
        special = {path.replace("moonshine-tiny", "moonshine-base") for path in
                   (REPOSITORY + name for name in FILES)}
        for path in special:
            self.server.special[path] = (
                lambda handler, name=path.rpartition("/")[2]: handler.send_file(FILES[name]))
        both = [self.start("pull", "--from", self.server.url, name)
                for name in ("moonshine-tiny", "moonshine-base")]
        self.assertEqual([p.communicate(timeout=200) and p.returncode for p in both], [0, 0])
        self.assertEqual(self.everything(),
                         ["moonshine-base-q8_0.gguf", "moonshine-tiny-q8_0.gguf"])

    def test_offline_there_is_a_hint(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{closed.getsockname()[1]}"
            self.fails("cannot be reached", "--from", origin=url)
        self.assertEqual(self.everything(), [])

    def test_the_proxy_of_the_environment_is_used(self):
        self.env["http_proxy"] = self.server.url
        self.succeeds(origin="http://mirror.invalid/")
        self.assertIn("http://mirror.invalid" + REPOSITORY + "config.json", self.server.paths())
        self.hears()

    def test_a_proxy_that_is_none_is_named(self):
        self.env["http_proxy"] = "http://proxy.invalid:3128"
        self.fails("the proxy of the environment", origin="http://mirror.invalid")

    def test_a_secure_server_is_trusted_by_its_certificate_and_stays_secure(self):
        if shutil.which("openssl") is None:
            self.skipTest("no openssl to make a certificate")
        key, cert = self.temp / "key.pem", self.temp / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                        "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        secure = Server(context)
        self.addCleanup(secure.close)
        self.env.pop("CURL_CA_BUNDLE", None)
        self.env.pop("SSL_CERT_FILE", None)
        self.fails("certificate", "SSL_CERT_FILE", origin=secure.url)
        self.assertEqual(secure.requests, [])
        self.env["SSL_CERT_FILE"] = str(cert)
        secure.special[REPOSITORY + "config.json"] = lambda handler: handler.answer(
            302, [("Location", self.server.url + REPOSITORY + "config.json")])
        self.fails("not as safe", origin=secure.url)
        self.assertEqual(self.server.requests, [])
        secure.special.clear()
        self.succeeds(origin=secure.url)
        self.hears()

    def test_passwords_are_not_shown(self):
        self.server.special[REPOSITORY + "config.json"] = lambda handler: handler.answer(403)
        url = self.server.url.replace("http://", "http://me:secret@")
        self.assertNotIn("secret", self.fails("403", origin=url))


class Folders(Named):
    def write(self, folder):
        folder.mkdir(parents=True)
        for name, contents in FILES.items():
            (folder / name).write_bytes(contents)
        return folder

    def test_a_folder_may_be_the_checkpoint_or_hold_it(self):
        for below in ("", "UsefulSensors/moonshine-tiny", REPOSITORY[1:], "moonshine-tiny"):
            mirror = self.temp / ("mirror" + below.replace("/", "-"))
            self.write(mirror / below)
            self.succeeds("--force", origin=mirror)
            self.hears()
            self.assertEqual(self.everything(), ["moonshine-tiny-q8_0.gguf"])
            self.assertEqual(sorted(p.name for p in mirror.rglob("*.*")), sorted(FILES))
        self.assertEqual(self.server.requests, [])

    def test_what_is_no_source_is_said(self):
        self.fails("neither a folder nor a URL", origin="ftp://127.0.0.1")
        self.fails("neither a folder nor a URL", origin=self.temp / "nowhere")
        (self.temp / "empty").mkdir()
        self.fails("config.json", "empty/UsefulSensors/moonshine-tiny", origin=self.temp / "empty")
        clone = self.write(self.temp / "clone")
        (clone / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
        self.fails("git lfs pull", origin=clone)

    def test_a_license_that_the_card_leaves_open_is_named(self):
        folder = self.write(self.temp / "hf")
        (folder / "README.md").write_bytes(b"---\nlicense: other\n---\n")
        err = self.succeeds(name="moonshine-tiny-ja", origin=folder)[1]
        self.assertIn("Moonshine Community License", err)
        (folder / "README.md").unlink()
        self.assertIn("license: mit", self.succeeds(origin=folder)[1])

    def test_whisper(self):
        golden = SHARED / "golden/whisper"
        if not golden.exists():
            if os.environ.get("SOTTO_REQUIRE_SHARED"):
                self.fail(f"missing {golden}")
            self.skipTest("no shared golden data")
        folder = self.temp / "hf"
        folder.mkdir()
        for file in (golden / "micro/model/hf").iterdir():
            data = file.read_bytes()
            name = file.name.removesuffix(".xz")
            (folder / name).write_bytes(lzma.decompress(data) if name != file.name else data)
        (folder / "multilingual.tiktoken").write_bytes(lzma.decompress(
            (golden / "tokenizer/multilingual.tiktoken.xz").read_bytes()))
        err = self.succeeds(name="large", origin=folder)[1]
        self.assertIn("large-v3 as q8_0", err)
        for name in ("large", "large-v3", "large-q8_0"):
            status, out, err = self.sotto("inspect", name)
            self.assertEqual(status, 0, err)
            self.assertIn("whisper-large-v3", out)


class Models(Named):
    def put(self, name, contents=None):
        self.models.mkdir(parents=True, exist_ok=True)
        (self.models / name).write_bytes(MODEL.read_bytes() if contents is None else contents)

    def test_a_folder_without_models_is_no_failure(self):
        status, out, err = self.sotto("models")
        self.assertEqual((status, out), (0, ""))
        self.assertIn("sotto pull", err)

    def test_the_table_and_json_say_what_is_there(self):
        self.put("tiny.en-f16.gguf")
        self.put("mine.gguf")
        self.put("notes.txt", b"x")
        status, out, err = self.sotto("models")
        self.assertEqual((status, err), (0, ""))
        head, mine, tiny = out.splitlines()
        self.assertEqual(head.split(), ["NAME", "TYPE", "FILE", "MEMORY", "LANGUAGES", "LICENSE"])
        self.assertEqual((mine.split()[:2], tiny.split()[:2]), (["mine", "-"], ["tiny.en", "f16"]))
        self.assertEqual(tiny.split()[-2:], ["en", "CC-BY-SA-4.0"])
        status, out, err = self.sotto("models", "--json")
        self.assertEqual((status, err), (0, ""))
        mine, tiny = map(json.loads, out.splitlines())
        self.assertEqual(list(tiny), ["name", "type", "file", "file_bytes", "weights_bytes",
                                      "session_bytes", "architecture", "model", "languages",
                                      "license"])
        self.assertEqual((tiny["name"], tiny["type"], mine["type"]), ("tiny.en", "f16", ""))
        self.assertEqual(tiny["file_bytes"], MODEL.stat().st_size)
        need = self.sotto("inspect", "tiny.en")[1]
        self.assertIn(f"{tiny['session_bytes']} bytes", need)
        self.assertIn(f"{tiny['weights_bytes']} bytes", need)

    def test_a_broken_file_is_named_and_the_others_are_listed(self):
        self.put("a-q8_0.gguf", b"GGUF")
        self.put("b-q8_0.gguf")
        status, out, err = self.sotto("models")
        self.assertEqual(status, 1)
        self.assertIn("a-q8_0.gguf", err)
        self.assertIn("\nb ", out)

    def test_remove(self):
        for name in ("tiny.en-f16.gguf", "tiny.en-q8_0.gguf", "base-q8_0.gguf"):
            self.put(name)

        def remove(name):
            status, out, err = self.sotto("models", "--remove", name)
            self.assertEqual(out, "")
            return status, err
        status, err = remove("tiny.en")
        self.assertEqual(status, 1)
        self.assertIn("tiny.en-f16, tiny.en-q8_0", err)
        self.assertEqual(len(self.everything()), 3)
        self.assertEqual(remove("tiny.en-f16")[0], 0)
        self.assertEqual(remove("tiny.en")[0], 0)
        status, err = remove("bass")
        self.assertEqual(status, 1)
        self.assertIn("did you mean base?", err)
        for elsewhere in ("../models/base-q8_0", str(self.models / "base-q8_0.gguf")):
            self.assertEqual(remove(elsewhere)[0], 1)
        self.assertEqual(self.everything(), ["base-q8_0.gguf"])

    def test_a_name_that_is_not_there_says_what_to_do(self):
        self.put("mine.gguf")
        for name, reason in (("tiny.en", "sotto pull tiny.en"),
                             ("tiny.en-q4_0", "sotto pull --type q4_0 tiny.en"),
                             ("large", "sotto pull large-v3"),
                             ("tiny.em", "(sotto pull tiny.en)"), ("mime", "did you mean mine?"),
                             ("zzz", "sotto pull --list"), ("none.gguf", "none.gguf")):
            for args in (["transcribe", "-m", name, PHONE], ["inspect", name],
                         ["convert", name, "-o", "x.gguf"],
                         ["bench", "-m", name, "-f", PHONE]):
                status, out, err = self.sotto(*args)
                self.assertEqual((status, out), (1, ""))
                self.assertIn(reason, err, args)

    def test_a_file_goes_before_a_name(self):
        self.put("mine.gguf", b"not a model")
        (self.temp / "mine").write_bytes(MODEL.read_bytes())
        self.hears("mine")
        self.assertIn(str(self.models), self.sotto("inspect", "mine.gguf")[2])


unittest.main(argv=sys.argv[:1], verbosity=2)
