"""Every kernel by the name of its function."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from backend.pipeline.expressions.kernels.arithmetic import ARITHMETIC
from backend.pipeline.expressions.kernels.clocks import CLOCKS
from backend.pipeline.expressions.kernels.comparison import COMPARISON
from backend.pipeline.expressions.kernels.dates import DATES
from backend.pipeline.expressions.kernels.identifiers import IDENTIFIERS
from backend.pipeline.expressions.kernels.numbers import NUMBERS
from backend.pipeline.expressions.kernels.patterns import PATTERNS
from backend.pipeline.expressions.kernels.reference import REFERENCE
from backend.pipeline.expressions.kernels.site import Kernel
from backend.pipeline.expressions.kernels.texts import TEXTS

KERNELS: Final[Mapping[str, Kernel]] = MappingProxyType(
    {
        **COMPARISON,
        **ARITHMETIC,
        **TEXTS,
        **PATTERNS,
        **NUMBERS,
        **DATES,
        **CLOCKS,
        **IDENTIFIERS,
        **REFERENCE,
    }
)
