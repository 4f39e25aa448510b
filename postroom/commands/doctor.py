"""`postroom doctor`: what is wrong with what the desk stands on, and how to mend it."""

import json
import logging
import sys
from dataclasses import asdict

import click

from models.errors import SettingsError
from models.settings import load_settings
from postroom.desk import with_services
from postroom.doctor.examine import examine
from postroom.doctor.finding import Finding, is_well, lines_of
from postroom.doctor.settings import SETTINGS
from postroom.logs import set_up_logs
from postroom.services import ServiceError, running


@click.command()
@click.option("--json", "as_json", is_flag=True, help="one JSON document, for programs")
def doctor(as_json: bool) -> None:
    """Look at settings, database, Redis, smart host, DNS and clock; exit 1 when something is in trouble."""
    set_up_logs("text")
    logging.getLogger().setLevel(logging.ERROR)
    findings: list[Finding] = []
    try:
        settings = load_settings()
        with running(settings.postroom_data, settings.database_url, settings.redis_url, join=True) as services:
            for finding in examine(with_services(settings, services)):
                findings.append(finding)
                if not as_json:
                    show(finding)
    except (SettingsError, ServiceError) as trouble:
        findings.append(SETTINGS.trouble(str(trouble), "README lists the settings there are, and what each means"))
        if not as_json:
            show(findings[-1])
    if as_json:
        told = {"ok": is_well(findings), "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    sys.exit(0 if is_well(findings) else 1)


def show(finding: Finding) -> None:
    for line in lines_of(finding):
        click.echo(line)
