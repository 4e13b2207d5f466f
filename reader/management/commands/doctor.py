"""manage.py doctor: look at a deployment, and say what to mend."""

import dataclasses
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reader.management.doctor import (
    Finding,
    configuration,
    content,
    databases,
    machine,
    redis,
    run,
)

CHECKS = [
    *configuration.CHECKS,
    *machine.CHECKS,
    *databases.CHECKS,
    *redis.CHECKS,
    *content.CHECKS,
]


class Command(BaseCommand):
    """Look at everything that a deployment needs; the exit code is 1 if something fails."""

    help = "Look at this deployment, and say what to mend. The exit code is 1 if something fails."
    requires_system_checks = []  # it makes them itself, and says the rest all the same

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the form of what is said."""
        parser.add_argument("--json", action="store_true", help="one JSON object, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, say it, and leave with 1 if something fails."""
        found = []
        for finding in run(CHECKS):
            found.append(finding)
            if not options["json"]:
                self.say(finding)
        count = {level: sum(one.level == level for one in found) for level in ("fail", "warn")}
        if options["json"]:
            answer = {"ok": not count["fail"], "findings": [dataclasses.asdict(f) for f in found]}
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))
        else:
            self.stdout.write(f"\n{count['fail']} to mend, {count['warn']} to know about.")
        if count["fail"]:
            raise SystemExit(1)

    def say(self, finding: Finding) -> None:
        """Print one line."""
        style = {"ok": self.style.SUCCESS, "warn": self.style.WARNING, "fail": self.style.ERROR}
        level = style[finding.level](f"{finding.level:4}")
        self.stdout.write(f"  {level}  {finding.name:15} {finding.said}")
