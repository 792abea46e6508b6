"""Regulation packs: a regime as data (fields, message, rules, code lists), with loader, lint and reference page."""

from backend.domain.regulations.documents import PackInvalid, PackNotFound
from backend.domain.regulations.lint import LintIssue, LintReport, lint_pack
from backend.domain.regulations.loader import list_packs, load_pack
from backend.domain.regulations.model import Pack

__all__ = ["LintIssue", "LintReport", "Pack", "PackInvalid", "PackNotFound", "lint_pack", "list_packs", "load_pack"]
