#!/usr/bin/env python3
"""Fails where a source file breaks a rule that no compiler checks. Usage: check_text.py ROOT

Lines of at most 100 columns, ASCII, no tabs or trailing blanks, no TODO, a purpose comment or an
include on the first line; every folder of sources, and every layer, has a README.md.
"""
import pathlib
import re
import sys

FOLDERS = ("include", "lib", "kernels", "tools", "tests", "bench")
SUFFIXES = {".h", ".hpp", ".cc", ".py", ".sh", ".cmake"}


def main(root):
    bad, seen = [], 0
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            rel = path.relative_to(root)
            if path.suffix not in SUFFIXES:
                continue
            seen += 1
            text = path.read_text(errors="replace")
            if not text.startswith(("//", "#")):
                bad.append(f"{rel}:1: no purpose comment, include or shebang")
            for number, line in enumerate(text.splitlines(), 1):
                if len(line) > 100 and "policy" not in rel.parts:
                    bad.append(f"{rel}:{number}: {len(line)} columns")
                if not line.isascii():
                    bad.append(f"{rel}:{number}: not ASCII")
                if line != line.rstrip() or "\t" in line:
                    bad.append(f"{rel}:{number}: tab or trailing blank")
                if re.search(r"\b(TODO|FIXME|XXX)\b", line) and path.name != "check_text.py":
                    bad.append(f"{rel}:{number}: TODO")
        homes = [root / folder]
        if folder == "lib":
            homes += [p for p in (root / folder).iterdir() if p.is_dir()]
        bad += [f"{home.relative_to(root)}: no README.md" for home in homes
                if not (home / "README.md").exists()]
    print("\n".join(bad) or f"{seen} files clean")
    return 1 if bad or seen == 0 else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
