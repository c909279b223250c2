"""Package metadata, read from settings.ini.

`nbdev_export` writes a pyproject.toml that declares everything but name and Python version dynamic,
so each of those fields is filled in here.
"""

from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
config = ConfigParser(delimiters=["="])
config.read(here / "settings.ini", encoding="utf-8")
cfg = config["DEFAULT"]

STATUS = {"3": "3 - Alpha", "4": "4 - Beta", "5": "5 - Production/Stable"}
# `dev_requirements` becomes the extra [dev]; so does any other NAME_requirements.
SUFFIX = "_requirements"
extras = {key[: -len(SUFFIX)]: cfg[key].split() for key in cfg if key.endswith(SUFFIX)}

setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    long_description=(here / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    keywords=cfg["keywords"].split(),
    license=cfg["license"],
    author=cfg["author"],
    url=cfg["git_url"],
    project_urls={"Documentation": cfg["doc_host"] + cfg["doc_baseurl"]},
    classifiers=[
        f"Development Status :: {STATUS[cfg['status']]}",
        f"Intended Audience :: {cfg['audience']}",
        f"Natural Language :: {cfg['language']}",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
    # An editable install becomes a path, which a clone seen from the folder above cannot hide.
    package_dir={"": "."},
    packages=find_packages(include=[cfg["lib_path"], cfg["lib_path"] + ".*"]),
    package_data={
        cfg["lib_path"]: [
            "wording/*.json",
            "templates/*",
            "templates/page/*",
            "py.typed",
            "*.pyi",
        ]
    },
    python_requires=">=" + cfg["min_python"],
    install_requires=cfg["requirements"].split(),
    extras_require=extras,
    entry_points={
        "console_scripts": cfg["console_scripts"].split(),
        # nbdev finds the links and [source] of the docs through this one.
        "nbdev": [f"{cfg['lib_path']}={cfg['lib_path']}._modidx:d"],
    },
    zip_safe=False,
)
