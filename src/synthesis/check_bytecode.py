"""Says which compiled files in the named `__pycache__` folders Python would run though their sources say otherwise.

Run by the image's own interpreter, which was compared with the base's before. Python 3.5 or later.
"""
import importlib.util
import marshal
import os
import re
import struct
import sys

HEADER = 16 if sys.version_info >= (3, 7) else 12


def is_fresh(data, source):
    """Whether Python takes it for compiled from the source as it is, by the header alone."""
    if data[:4] != importlib.util.MAGIC_NUMBER:
        return False
    if HEADER == 16 and struct.unpack("<I", data[4:8])[0] != 0:
        return True
    status = os.stat(source)
    expected = (int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF)
    return struct.unpack("<II", data[HEADER - 8:HEADER]) == expected


def is_honest(path, source):
    with open(path, "rb") as compiled:
        data = compiled.read()
    if not is_fresh(data, source):
        return True
    with open(source, "rb") as plain:
        text = plain.read()
    optimized = re.search(r"\.opt-(\d)\.pyc$", path)
    level = int(optimized.group(1)) if optimized else 0
    try:
        code = compile(text, source, "exec", dont_inherit=True, optimize=level)
    except (SyntaxError, ValueError):
        return False
    return marshal.loads(data[HEADER:]) == code


dishonest = []
for folder in sys.argv[1:]:
    for name in sorted(os.listdir(folder) if os.path.isdir(folder) else []):
        source = os.path.join(os.path.dirname(folder), name.split(".")[0] + ".py")
        path = os.path.join(folder, name)
        if name.endswith(".pyc") and os.path.isfile(source) and not is_honest(path, source):
            dishonest.append(path)
print("\n".join(dishonest))
sys.exit(1 if dishonest else 0)
