#!/usr/bin/env python
"""The lowest versions that settings.ini admits, as constraints: what says `>=` there says `==` here.

python .ci/lowest.py > lowest.txt && pip install -c lowest.txt -e '.[dev]'
"""

import re
from configparser import ConfigParser
from pathlib import Path

config = ConfigParser(delimiters=["="])
config.read(Path(__file__).resolve().parent.parent / "settings.ini", encoding="utf-8")
for need in config["DEFAULT"]["requirements"].split():
    if re.match(r"fastcore\b", need):
        continue  # the notebook tools want a newer one
    print(need.replace(">=", "=="))
