#!/usr/bin/python3
"""Checks that no module includes upwards.

    include_direction.py [SOURCE_DIR]    checks the tree; exit 1 and one line a fault where it is broken
    include_direction.py --self-test     proves on small trees that faults are found

The table below is the one of the architecture: a module may include what it knows, what that knows,
and itself. Link targets enforce the same for symbols; this catches headers, which need no symbol.
"""

import re
import sys
import tempfile
from pathlib import Path

KNOWS = {
    "base": [],
    "domain": ["base"],
    "amm": ["domain"],
    "routing": ["amm"],
    "chain": ["amm"],
    "execution": ["routing", "chain"],
    "market": ["routing"],
    "storage": ["execution"],
    "jobs": ["execution"],
    "runtime": ["execution", "market", "storage", "jobs"],
    "gateway": ["runtime"],
    "ui": ["runtime"],
    "app": ["runtime", "gateway", "ui"],
}
# Known through runtime, but not theirs to touch: the faces talk to the engine's facade only.
HIDDEN = {"gateway": {"storage", "jobs"}, "ui": {"storage", "jobs"}}
QT_FREE = {"base", "domain", "amm", "routing", "chain", "execution"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
# <QString>, <QtCore/qglobal.h>, <qcustomplot.h>, <qglobal.h>
QT_HEADER = re.compile(r"^(Q[A-Z]\w*|Qt\w*/.*|q\w+\.h)$")
SUFFIXES = {".h", ".hpp", ".cpp", ".inl"}


def allowed(module):
    """The module itself and everything that it knows, directly or not."""
    seen = set()
    todo = [module]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(KNOWS[name])
    return seen - HIDDEN.get(module, set())


def module_folders(source_dir):
    src = source_dir / "src"
    folders = {folder.name: folder for folder in sorted(src.iterdir()) if folder.is_dir()}
    if (source_dir / "ui").is_dir():
        folders["ui"] = source_dir / "ui"
    return folders


def faults_of_file(path, module, source_dir):
    text = path.read_text(encoding="utf-8", errors="replace")
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        where = f"{path.relative_to(source_dir)}:{line}"
        quoted, system = match.groups()
        name = quoted or system
        if module in QT_FREE and QT_HEADER.match(name.rsplit("/", 1)[-1] if quoted else name):
            yield f"{where}: {module} is free of Qt and includes {name}"
            continue
        first, slash, _ = name.partition("/")
        if quoted is None:
            if slash and first in KNOWS:
                yield f"{where}: <{name}> is one of ours: write \"{name}\""
            continue
        if re.fullmatch(r"(ui_\w+\.h|(moc_)?\w+\.(moc|cpp))", name):
            continue  # written by Qt's tools
        if not slash or first not in KNOWS:
            yield f"{where}: \"{name}\" does not start with a module's name"
        elif first not in allowed(module):
            yield f"{where}: {module} must not include {first} (\"{name}\")"


def faults_of_tree(source_dir):
    faults = []
    files = 0
    for module, folder in module_folders(source_dir).items():
        if module not in KNOWS:
            faults.append(f"{folder.relative_to(source_dir)}: unknown module, see KNOWS in this check")
            continue
        for path in sorted(folder.rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                files += 1
                faults.extend(faults_of_file(path, module, source_dir))
    if files == 0 and not faults:
        faults.append(f"{source_dir}: no source files found")
    return faults, files


# (file, what it includes, what the fault must say; None: none)
CASES = [
    ("src/domain/a.h", '#include "base/b.h"', None),
    ("src/domain/a.h", '#include "domain/b.h"', None),
    ("src/domain/a.h", "#include <vector>", None),
    ("src/domain/a.h", "#include <tl/expected.hpp>", None),
    ("src/execution/a.cpp", '#include "base/b.h"', None),
    ("src/runtime/a.cpp", '#include "storage/b.h"', None),
    ("src/runtime/a.cpp", "#include <QObject>", None),
    ("src/runtime/a.cpp", '#include "a.moc"', None),
    ("src/app/a.cpp", '#include "ui/b.h"', None),
    ("ui/a.cpp", '#include "ui_a.h"', None),
    ("ui/a.cpp", "#include <qcustomplot.h>", None),
    ("ui/a.cpp", '#include "market/b.h"', None),
    ("src/domain/a.h", '#include "amm/b.h"', "domain must not include amm"),
    ("src/domain/deep/a.h", '#include "amm/b.h"', "domain must not include amm"),
    ("src/domain/a.h", '  #  include "amm/b.h"', "domain must not include amm"),
    ("src/routing/a.h", '#include "chain/b.h"', "routing must not include chain"),
    ("src/storage/a.h", '#include "jobs/b.h"', "storage must not include jobs"),
    ("src/market/a.h", '#include "routing/b.h"', None),
    ("src/market/a.h", '#include "storage/b.h"', "market must not include storage"),
    ("src/runtime/a.h", '#include "gateway/b.h"', "runtime must not include gateway"),
    ("src/gateway/a.h", '#include "ui/b.h"', "gateway must not include ui"),
    ("src/gateway/a.h", '#include "storage/b.h"', "gateway must not include storage"),
    ("src/gateway/a.h", '#include "jobs/b.h"', "gateway must not include jobs"),
    ("ui/a.h", '#include "gateway/b.h"', "ui must not include gateway"),
    ("ui/a.h", '#include "storage/b.h"', "ui must not include storage"),
    ("ui/a.h", '#include "jobs/b.h"', "ui must not include jobs"),
    ("src/base/a.h", "#include <QString>", "base is free of Qt"),
    ("src/amm/a.h", "#include <QtCore/QString>", "amm is free of Qt"),
    ("src/chain/a.h", '#include "QString"', "chain is free of Qt"),
    ("src/chain/a.h", "#include <qglobal.h>", "chain is free of Qt"),
    ("src/base/a.h", "#include <domain/b.h>", "is one of ours"),
    ("src/domain/a.cpp", '#include "a.h"', "does not start with a module's name"),
    ("src/domain/a.cpp", '#include "../amm/b.h"', "does not start with a module's name"),
    ("src/novel/a.h", "", "unknown module"),
]


def self_test():
    failures = 0
    for file, include, expected in CASES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / file
            path.parent.mkdir(parents=True)
            (Path(folder) / "src").mkdir(exist_ok=True)
            path.write_text(f"#pragma once\n{include}\n", encoding="utf-8")
            faults, _ = faults_of_tree(Path(folder))
        right = not faults if expected is None else len(faults) == 1 and expected in faults[0]
        if not right:
            failures += 1
            print(f"{file} with {include!r}: expected {expected!r}, found {faults}")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "src").mkdir()
        if not faults_of_tree(Path(folder))[0]:
            failures += 1
            print("an empty tree passes: the check would not notice a wrong folder")
    print(f"{len(CASES) + 1} cases, {failures} failed")
    return failures == 0


def main(arguments):
    if arguments == ["--self-test"]:
        return 0 if self_test() else 1
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print(__doc__, file=sys.stderr)
        return 2
    source_dir = Path(arguments[0] if arguments else Path(__file__).parents[2]).resolve()
    if not (source_dir / "src").is_dir():
        print(f"{source_dir}: has no folder src", file=sys.stderr)
        return 2
    faults, files = faults_of_tree(source_dir)
    for fault in faults:
        print(fault)
    print(f"include direction: {files} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
