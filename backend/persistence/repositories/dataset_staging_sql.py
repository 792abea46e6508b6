"""Statements over the staged rows of an import; every part of them is a constant of this file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from backend.domain.datasets import ImportMode

BEGIN: Final = (
    """
CREATE TEMPORARY TABLE staged (
  line bigint, id uuid, key varchar COLLATE "C", valid_from date, valid_to date, written jsonb, replaces uuid,
  is_removed boolean, values jsonb GENERATED ALWAYS AS (jsonb_strip_nulls(written)) STORED) ON COMMIT DROP
""",
    """
CREATE TEMPORARY TABLE added (
  line bigint, id uuid, key varchar COLLATE "C", valid_from date, valid_to date, values jsonb) ON COMMIT DROP
""",
    'CREATE TEMPORARY TABLE removed (id uuid, key varchar COLLATE "C") ON COMMIT DROP',
)
_CURRENT: Final = """(
  SELECT id, key, valid_from, valid_to, values FROM dataset_entries
  WHERE dataset_id = :dataset AND tenant_id = :tenant AND removed_in IS NULL) c"""
_SAME_BEGIN: Final = "c.key = s.key AND coalesce(c.valid_from, '-infinity') = coalesce(s.valid_from, '-infinity')"
_SAME: Final = f"""
  {_SAME_BEGIN} AND coalesce(c.valid_to, 'infinity') = coalesce(s.valid_to, 'infinity') AND c.values = s.values"""
_STAGED: Final = "s.line, s.id, s.key, s.valid_from, s.valid_to, s.values"
_REPLACE: Final = (
    f"INSERT INTO removed SELECT c.id, c.key FROM {_CURRENT} WHERE NOT EXISTS (SELECT FROM staged s WHERE {_SAME})",
    f"INSERT INTO added SELECT {_STAGED} FROM staged s WHERE NOT EXISTS (SELECT FROM {_CURRENT} WHERE {_SAME})",
)
_COVERS: Final = "coalesce(c.valid_from, '-infinity') <= :day AND coalesce(c.valid_to, 'infinity') >= :day"
_KEPT: Final = f"c.key = s.key AND c.values = s.values AND {_COVERS}"
_SNAPSHOT: Final = (
    f"""
INSERT INTO removed SELECT c.id, c.key FROM {_CURRENT}
WHERE coalesce(c.valid_to, 'infinity') >= :day AND NOT EXISTS (SELECT FROM staged s WHERE {_KEPT})
""",
    f"""
INSERT INTO added SELECT 0, gen_random_uuid(), c.key, c.valid_from, CAST(:day AS date) - 1, c.values
FROM {_CURRENT} JOIN removed r ON r.id = c.id WHERE coalesce(c.valid_from, '-infinity') < :day
""",
    f"""
INSERT INTO added
SELECT s.line, s.id, s.key, CASE WHEN :is_first THEN NULL ELSE CAST(:day AS date) END, NULL, s.values
FROM staged s WHERE NOT EXISTS (SELECT FROM {_CURRENT} WHERE {_KEPT})
""",
)
_MERGE: Final = (
    f"""
CREATE TEMPORARY TABLE met ON COMMIT DROP AS
  SELECT s.line, c.id, c.key, s.is_removed OR NOT ({_SAME}) AS changes
  FROM staged s JOIN {_CURRENT} ON c.id = s.replaces
  UNION ALL SELECT s.line, c.id, c.key, s.is_removed OR NOT ({_SAME})
  FROM staged s JOIN {_CURRENT} ON {_SAME_BEGIN} WHERE s.replaces IS NULL
""",
    "INSERT INTO removed SELECT DISTINCT id, key FROM met WHERE changes",
    f"""
INSERT INTO added SELECT {_STAGED} FROM staged s LEFT JOIN met m ON m.line = s.line
WHERE NOT s.is_removed AND (m.line IS NULL OR m.changes)
""",
)
UNKNOWN: Final = """
SELECT s.line, s.key, s.valid_from, count(*) OVER () AS number FROM staged s LEFT JOIN met m ON m.line = s.line
WHERE m.line IS NULL AND (s.is_removed OR s.replaces IS NOT NULL) ORDER BY s.line LIMIT :most
"""
TWICE: Final = """
SELECT max(line) AS line, min(line) AS other_line, key, count(*) OVER () AS number
FROM met GROUP BY id, key HAVING count(*) > 1 ORDER BY 1 LIMIT :most
"""
#: What will be there of the keys that come: rows of the import by their line, those that stay as line 0.
RESULTING: Final[Mapping[ImportMode, str]] = {
    ImportMode.REPLACE: "SELECT line, key, valid_from, valid_to FROM staged",
    ImportMode.SNAPSHOT: "SELECT line, key, valid_from, valid_to FROM staged",
    ImportMode.MERGE: f"""
  SELECT line, key, valid_from, valid_to FROM added
  UNION ALL SELECT coalesce(m.line, 0), c.key, c.valid_from, c.valid_to FROM {_CURRENT}
    LEFT JOIN met m ON m.id = c.id
  WHERE c.key IN (SELECT key FROM added) AND NOT EXISTS (SELECT FROM removed r WHERE r.id = c.id)""",
}
#: Of the rows before a row, the one that reaches furthest: its end and its line as one text that sorts as both do.
OVERLAPS: Final = """
WITH resulting AS MATERIALIZED ({resulting}),
several AS (SELECT key FROM resulting GROUP BY key HAVING count(*) > 1),
reached AS (
  SELECT r.*, max(coalesce(r.valid_to, '9999-12-31')::text || lpad(r.line::text, 12, '0')) OVER (
      PARTITION BY r.key ORDER BY coalesce(r.valid_from, '-infinity'), r.line
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS furthest
  FROM resulting r JOIN several USING (key)),
overlapping AS (
  SELECT line, key, valid_from, valid_to, substr(furthest, 11)::bigint AS other_line FROM reached
  WHERE coalesce(valid_from, '0001-01-01') <= substr(furthest, 1, 10)::date)
SELECT o.line, o.key, o.valid_from, o.valid_to, o.other_line, x.valid_from AS other_from, x.valid_to AS other_to,
  count(*) OVER () AS number
FROM overlapping o
CROSS JOIN LATERAL (
  SELECT valid_from, valid_to FROM resulting x
  WHERE x.key = o.key AND x.line = o.other_line
    AND coalesce(x.valid_from, '0001-01-01') <= coalesce(o.valid_from, '0001-01-01')
  ORDER BY coalesce(x.valid_to, '9999-12-31') DESC LIMIT 1) x
ORDER BY greatest(o.line, o.other_line) LIMIT :most
"""
APPLY: Final = (
    "UPDATE dataset_entries e SET removed_in = :number FROM removed r WHERE e.id = r.id AND e.tenant_id = :tenant",
    """
INSERT INTO dataset_entries (id, tenant_id, dataset_id, key, valid_from, valid_to, values, added_in)
SELECT id, :tenant, :dataset, key, valid_from, valid_to, values, :number FROM added
""",
)
PLANS: Final[Mapping[ImportMode, tuple[str, ...]]] = {
    ImportMode.REPLACE: _REPLACE,
    ImportMode.SNAPSHOT: _SNAPSHOT,
    ImportMode.MERGE: _MERGE,
}
