"""Which tests may be skipped, and the one line that says how many ran against the official schemas."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path(os.environ.get("OPENREG_SCHEMAS") or "../shared/schemas")
# Oracle can be had neither from a wheel nor without a licence: its live tests need a server somebody names.
# The user interface is built by Node, which OpenReg does without; where both are, OPENREG_REQUIRE_BROWSER is set.
MAY_BE_SKIPPED = frozenset({"schemas", "oracle", "browser"})


def schemas_folder() -> Path | None:
    """The folder of the regulators' XSDs, relative paths from the project's root; None where there is none."""
    folder = (ROOT / SCHEMAS).resolve()
    return folder if folder.is_dir() else None


@dataclass(eq=False)  # a plugin is one thing, and pytest keeps plugins in sets
class SkipBook:
    """Counts what was skipped and what ran against the schemas, also over the processes of pytest-xdist."""

    schemas_run: int = 0
    schemas_skipped: int = 0
    unexpected: int = 0

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            if "schemas" in report.keywords:
                self.schemas_skipped += 1
            elif not MAY_BE_SKIPPED & set(report.keywords):
                self.unexpected += 1
        elif report.when == "call" and "schemas" in report.keywords:
            self.schemas_run += 1

    def faults(self) -> list[str]:
        """Why the session may not be called a success."""
        found = []
        if self.unexpected:
            found.append(f"{self.unexpected} skipped that may not be skipped")
        if os.environ.get("OPENREG_REQUIRE_SCHEMAS") and not self.schemas_run:
            found.append("no test ran against the official schemas although they are there")
        return found

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        is_controller = not hasattr(session.config, "workerinput")
        if is_controller and session.exitstatus == pytest.ExitCode.OK and self.faults():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        place = "" if schemas_folder() else f" (no folder {SCHEMAS}; set OPENREG_SCHEMAS)"
        terminalreporter.write_line(
            f"official schemas: {self.schemas_run} tests ran, {self.schemas_skipped} skipped{place}"
        )
        for fault in self.faults():
            terminalreporter.write_line(f"FAILED: {fault}", red=True)
