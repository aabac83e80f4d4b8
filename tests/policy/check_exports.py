#!/usr/bin/env python3
"""Fails if the shared library exports what is not its API, or holds state that can change.
Usage: check_exports.py NM LIBRARY

The C functions must be those of c_symbols.txt beside this file, each: one that goes breaks programs
that are not compiled again. C++ names must lie in namespace sotto. No object of ours may be writable but constants that are made
when they are first asked for, which are named as constants are.
"""
import pathlib
import re
import subprocess
import sys

CONSTANT = r"(guard variable for )?sotto::.*::k[A-Z]\w*"


def symbols(nm, *arguments):
    out = subprocess.run([nm, "-C", "-f", "sysv", *arguments], check=True, capture_output=True,
                         text=True).stdout
    for line in out.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) >= 7:
            yield fields[0], fields[2], fields[6]  # name, class, section


def main(nm, library):
    wanted = set(pathlib.Path(__file__).with_name("c_symbols.txt").read_text().split())
    exported = [name for name, kind, section in symbols(nm, "-D", "--defined-only", library)]
    c_names = {name for name in exported if re.fullmatch(r"[a-zA-Z0-9_]+", name)}
    bad = [f"{name}: is in c_symbols.txt, not in the library" for name in wanted - c_names]
    bad += [f"{name}: is in the library, not in c_symbols.txt" for name in c_names - wanted]
    bad += [f"{name}: exported, and not of namespace sotto" for name in exported
            if name not in c_names and not name.startswith("sotto::")]
    objects = {name for name, kind, section in symbols(nm, "--defined-only", library)
               if re.match(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)", section) and "sotto" in name}
    bad += [f"{name}: can change, and belongs to no object" for name in objects
            if not re.fullmatch(CONSTANT, name)]
    print("\n".join(sorted(bad)) or f"{len(exported)} names exported")
    return 1 if bad or not exported else 0


sys.exit(main(*sys.argv[1:]))
