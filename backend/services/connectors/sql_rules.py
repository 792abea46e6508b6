"""What a source query may not hold, kind by kind: words, signs, and functions that do more than read.

Functions that write, wait, run code or SQL given as a text, change the session, hold locks, or reach files and other
servers can stand in a SELECT. They are known here by name; what a bank's own functions do is known to its database
only, whose read-only mode and grants are the other walls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from backend.services.connectors.sql_grammar import DUCKDB, MYSQL, ORACLE, POSTGRESQL, SQLITE, TSQL, Grammar

ONLY_READS: Final = "Only queries that read are allowed: SELECT, with parts prepared by WITH."
_INTO: Final = ("SELECT INTO writes a table, a file or a variable", "Remove the INTO clause.")
_LOCK: Final = ("the query locks rows", "Remove the locking clause.")
_SEQUENCE: Final = ("the next value of a sequence changes it", "Read the data itself.")
_ELSEWHERE: Final = ("the query reaches another server", "Make a connector for it, or a view on it at this one.")
_CODE: Final = ("the query runs or declares a procedure", ONLY_READS)
_STATEMENT: Final = ("a statement of another kind begins here", ONLY_READS)

Reason = tuple[str, str]
"""What is wrong, and what to do."""
Words = tuple[str, ...]


def _names(text: str) -> re.Pattern[str]:
    """Names, one or many to a line; a star stands for any ending."""
    return re.compile("|".join(re.escape(name).replace(r"\*", r"\w*") for name in text.split()), re.IGNORECASE)


_POSTGRESQL_FUNCTIONS: Final = """
    binary_upgrade_* brin_desummarize_range brin_summarize_* connectby crosstab* cursor_to_xml*
    database_to_xml* dblink* gin_clean_pending_list http http_* lastval lo_close lo_creat lo_create lo_export
    lo_from_bytea lo_get lo_import lo_lseek* lo_manage lo_open lo_put lo_tell* lo_truncate* lo_unlink loread lowrite
    nextval pg_advisory_* pg_backup_* pg_buffercache_evict* pg_cancel_backend pg_clear_* pg_copy_* pg_create_*
    pg_current_xact_id pg_drop_* pg_export_snapshot pg_extension_config_dump pg_file_* pg_import_system_collations
    pg_log_* pg_logical_* pg_ls_* pg_notify pg_prewarm pg_promote pg_read_* pg_reload_* pg_replication_* pg_restore_*
    pg_rotate_* pg_set_* pg_sleep* pg_start_backup pg_stat_file pg_stat_reset* pg_stat_statements_reset pg_stop_backup
    pg_switch_* pg_sync_* pg_terminate_backend pg_try_advisory_* pg_wal_replay_* pglogical_* postgres_fdw_*
    query_to_xml* schema_to_xml* set_config setseed setval table_to_xml* ts_rewrite ts_stat txid_current
    xpath_table
"""
_MYSQL_FUNCTIONS: Final = """
    asynchronous_connection_failover_* audit_log_* benchmark get_lock group_replication_* keyring_* last_insert_id
    lastval load_file master_gtid_wait master_pos_wait mysql_firewall_* nextval ps_setup_* ps_truncate_*
    release_all_locks release_lock set_firewall_mode setval sleep source_pos_wait sys_eval sys_exec sys_get sys_set
    version_tokens_* wait_for_executed_gtid_set wait_until_sql_thread_after_gtids
"""
_ORACLE_FUNCTIONS: Final = """
    apex_* bfilename ctx_* ctxsys currval dbms_* dburitype ftpuritype htf htp httpuritype nextval
    ordsys owa owa_* sys_dburigen urifactory uritype utl_* wpg_* xdburitype
"""
_TSQL_FUNCTIONS: Final = """
    dm_os_enumerate_* dm_os_file_exists fn_dblog fn_dump_dblog fn_full_dblog fn_get_audit_file
    fn_get_sql fn_trace_* fn_xe_* opendatasource openquery openrowset sp_* xp_*
"""
_SQLITE_FUNCTIONS: Final = """
    attach detach edit eval fsdir fts3_tokenizer fts5 load_extension lsdir pragma_* randomblob readfile sqlar_* sqlite_*
    writefile zeroblob zipfile
"""
_DUCKDB_FUNCTIONS: Final = """
    add_parquet_key arrow_scan* checkpoint copy_* create_fts_index currval delta_* disable_* duckdb_secrets enable_*
    export_* force_checkpoint from_substrait* getenv glob http_* iceberg_* import_* json_execute_* json_serialize_plan
    load_* mysql_* nextval open_prompt parquet_* parse_duckdb_log_message pandas_scan postgres_* pragma_* query
    query_table read_* set_* setseed shell* sniff_csv sql_auto_complete sqlite_* st_drivers st_read* truncate_*
    which_secret write_* seq_scan
"""
#: Reserved words of T-SQL: a statement may begin with each, without a semicolon before it.
_TSQL_STATEMENTS: Final = """
    ALTER BACKUP BEGIN BREAK BULK CHECKPOINT CLOSE COMMIT CONTINUE CREATE DBCC DEALLOCATE DECLARE DELETE DENY DROP
    DUMP EXEC EXECUTE GOTO GRANT IF INSERT KILL LINENO LOAD MERGE OPEN OPENDATASOURCE OPENQUERY OPENROWSET
    PRINT PROC PROCEDURE RAISERROR READTEXT RECONFIGURE RESTORE RETURN REVERT REVOKE ROLLBACK SAVE SET
    SETUSER SHUTDOWN TRAN TRANSACTION TRUNCATE UPDATE UPDATETEXT USE WAITFOR WHILE WRITETEXT
"""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a query of one dialect is held to."""

    grammar: Grammar
    functions: re.Pattern[str]
    words: Mapping[Words, Reason]
    #: Whether ``value.name`` calls a function without parentheses.
    calls_behind_point: bool = False
    #: Whether what stands before a point may be a package of functions.
    has_packages: bool = False
    #: The only functions that may stand where a table does; None for any that is not forbidden.
    table_functions: frozenset[str] | None = None
    #: Whether a name or text in the place of a table may be a file.
    tables_are_files: bool = False
    #: More parts than these in the name of a table name another server.
    name_parts: int = 3


def _words(*texts: tuple[str, Reason]) -> Mapping[Words, Reason]:
    return MappingProxyType({tuple(text.split()): reason for text, reason in (*_EVERYWHERE, *texts)})


_EVERYWHERE: Final = (
    ("INTO", _INTO),
    ("FOR UPDATE", _LOCK),
    ("FOR SHARE", _LOCK),
    ("FOR NO", _LOCK),
    ("FOR KEY", _LOCK),
    ("NEXT VALUE", _SEQUENCE),
    ("PREVIOUS VALUE", _SEQUENCE),
)

RULES: Final[Mapping[str, Rules]] = MappingProxyType(
    {
        "postgres": Rules(POSTGRESQL, _names(_POSTGRESQL_FUNCTIONS), _words(), calls_behind_point=True),
        "mysql": Rules(MYSQL, _names(_MYSQL_FUNCTIONS), _words(("LOCK IN", _LOCK), ("PROCEDURE", _CODE))),
        "oracle": Rules(
            ORACLE,
            _names(_ORACLE_FUNCTIONS),
            _words(("@", _ELSEWHERE), ("WITH FUNCTION", _CODE), ("WITH PROCEDURE", _CODE)),
            calls_behind_point=True,
            has_packages=True,
        ),
        "tsql": Rules(
            TSQL,
            _names(_TSQL_FUNCTIONS),
            _words(
                *((word, _STATEMENT) for word in _TSQL_STATEMENTS.split()),
                *((word, _LOCK) for word in ("HOLDLOCK", "PAGLOCK", "TABLOCK", "TABLOCKX", "UPDLOCK", "XLOCK")),
            ),
        ),
        "sqlite": Rules(SQLITE, _names(_SQLITE_FUNCTIONS), _words()),
        "duckdb": Rules(
            DUCKDB,
            _names(_DUCKDB_FUNCTIONS),
            _words(),
            table_functions=frozenset({"generate_series", "range", "unnest"}),
            tables_are_files=True,
        ),
    }
)
"""The dialects a kind of source may name."""
