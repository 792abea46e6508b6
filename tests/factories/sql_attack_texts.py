"""What does more than read, dialect by dialect: what attacks on the guard of source queries are made of."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """How a dialect is attacked."""

    #: Expressions that do more than read, where a value may stand.
    calls: tuple[str, ...]
    #: The same where a table may stand.
    tables: tuple[str, ...] = ()
    #: Whole statements.
    statements: tuple[str, ...] = ()
    #: What follows ``select id from trades``.
    endings: tuple[str, ...] = ()
    #: Statements in the place of a prepared part.
    parts: tuple[str, ...] = ()
    #: What can stand between two words; ``%`` is any text.
    comments: tuple[str, ...] = ("/*%*/", "/* % */", "-- %\n", "--\n")
    #: Opening and closing of texts and names, for those who read them in another way than the server.
    delimiters: tuple[str, ...] = ("'", "''", '"', "--", "/*", "*/", "\\", "\\'", "\r", "\n", ";", "`", "$$", "[", "]")
    #: Quotes around the name of a function.
    quotes: str = '"'
    #: What may stand before the name of a function.
    schemas: tuple[str, ...] = ()
    #: Whether statements need a semicolon between them.
    needs_semicolon: bool = True


_STATEMENTS = (
    *("insert into secrets (id) values (1)", "update trades set note = 'x'", "delete from trades", "drop table trades"),
    *(
        "create table made (id int)",
        "alter table trades add extra int",
        "insert into secrets (id) select id from trades",
    ),
    "create view made as select 1 as a",
)
_PG_PARTS = (
    "insert into secrets (id) values (1) returning id",
    "update trades set note = 'x' returning id",
    "delete from trades returning id",
    "merge into secrets using trades on false when not matched then insert values (1) returning 1 as id",
)
ATTACKS: Mapping[str, Attack] = {
    "postgres": Attack(
        calls=(
            *("nextval('numbers')", "setval('numbers', 99)", "('numbers'::regclass).nextval", "(5.0::float8).pg_sleep"),
            *("lo_creat(-1)", "lo_from_bytea(0, 'x')", "lo_import('{folder}/../source')", "(-1).lo_creat"),
            *("pg_read_file('/etc/passwd')", "pg_sleep(5)", "pg_advisory_lock(7)", "pg_try_advisory_lock(7)"),
            *("set_config('search_path', 'x', false)", "pg_terminate_backend(1)", "pg_cancel_backend(1)"),
            *("dblink_exec('x', 'delete from trades')", "pg_notify('a', 'b')", "pg_reload_conf()", "pg_switch_wal()"),
            *("query_to_xml('select nextval(''numbers'')', true, true, '')", "txid_current()", "setseed(0.5)"),
            *("pg_logical_emit_message(false, 'a', 'b')", "pg_create_restore_point('x')", "pg_export_snapshot()"),
            *("table_to_xml('trades', true, true, '')", "pg_stat_reset()", "pg_import_system_collations('public')"),
            "lo_export(lo_from_bytea(0, 'x'), '{folder}/x')",
            "ts_rewrite('a'::tsquery, 'select to_tsquery(nextval(''numbers'')::text), to_tsquery(''b'')')",
        ),
        tables=(
            *("nextval('numbers')", "pg_sleep(5)", "pg_ls_dir('/')", "dblink('x', 'select 1') as t(a int)"),
            *("ts_stat('select to_tsvector(nextval(''numbers'')::text)')", "rows from (nextval('numbers')) as x(a)"),
            "crosstab('select 1')",
        ),
        statements=(
            *(
                *_STATEMENTS,
                "truncate trades",
                "copy trades to '{folder}/x'",
                "copy trades to program 'touch {folder}/x'",
            ),
            *("do $$ begin delete from trades; end $$", "grant all on trades to public", "select 1 into made"),
            *("call p()", "lock table trades", "vacuum trades", "set role postgres", "notify a", "create sequence s2"),
            *(
                "explain analyze delete from trades",
                "prepare p as delete from trades",
                "alter sequence numbers restart 9",
            ),
        ),
        endings=(
            *(
                "for update",
                "for no key update",
                "for share",
                "for key share skip locked",
                "for update of trades nowait",
            ),
        ),
        parts=_PG_PARTS,
        comments=("/*%*/", "/* % */", "-- %\n", "--\n", "/*/*%*/*/", "/* /*%*/ ; */", "/*+ % */", "/*! % */"),
        delimiters=(
            *("'", "''", '"', "--", "/*", "*/", "\\'", "E'", "e'\\", "$$", "$a$", "ä$$", "a$$", "U&'", 'U&"'),
            *(" -- \r", "\n'", ";", "E'a' -- x\n '", "$1", "::", "N'", "B'1", "\\;", "*/ --", "/* ' */", "-- '\n"),
        ),
        schemas=("pg_catalog", '"pg_catalog"'),
    ),
    "mysql": Attack(
        calls=(
            *("sleep(5)", "benchmark(100000000, sha1('x'))", "load_file('/etc/passwd')", "get_lock('a', 1)"),
            *("nextval(numbers)", "next value for numbers", "setval(numbers, 99)", "release_all_locks()"),
            *("lastval(numbers)", "sys_exec('touch {folder}/x')", "sys_eval('id')", "master_pos_wait('a', 4)"),
            *("release_lock('a')", "previous value for numbers", "last_insert_id(7)"),
        ),
        statements=(
            *(*_STATEMENTS, "truncate trades", "load data infile '/etc/passwd' into table secrets", "call p()"),
            *(
                "set global max_connections = 9",
                "select 1 into outfile '{folder}/x'",
                "do sleep(5)",
                "lock tables trades write",
            ),
            *(
                "handler trades open",
                "replace into secrets (id) values (1)",
                "rename table trades to gone",
                "flush tables",
            ),
            *("create sequence s2", "execute immediate 'delete from trades'", "kill 1", "install soname 'x'"),
        ),
        endings=(
            *("into outfile '{folder}/x'", "into dumpfile '{folder}/x'", "limit 1 into @a", "for update", "for share"),
            *("lock in share mode", "procedure analyse()", "for update skip locked"),
        ),
        comments=("/*%*/", "/* % */", "-- %\n", "--\t%\n", "#%\n", "-- \n"),
        delimiters=(
            *(
                "'",
                "''",
                '"',
                "-- ",
                "--",
                "--\u00a0",
                "/*",
                "*/",
                "\\'",
                "\\",
                "`",
                "#",
                "/*!",
                "/*M!",
                "/*!50000",
                "/*+",
            ),
            *(
                "-- \r",
                "-- x\r'\n",
                ";",
                '\\"',
                "x'4",
                "_utf8'",
                "N'",
                "/* /*",
                "*/ */",
                "\"'",
                "'\"",
                "-- '\n",
                "\n#'\n",
            ),
        ),
        quotes="`",
    ),
    "oracle": Attack(
        calls=(
            *(
                "numbers.nextval",
                "utl_http.request('http://x/')",
                "utl_file.fopen('D', 'x', 'w')",
                "dbms_lock.sleep(5)",
            ),
            *("dbms_pipe.receive_message('a', 5)", "sys.dbms_xmlgen.getxml('select 1 from dual')", "numbers . nextval"),
            *("utl_inaddr.get_host_name", "utl_inaddr.get_host_address('x')", "httpuritype('http://x/').getclob()"),
            *("dbms_random.value", "bfilename('D', 'x')", "ctxsys.drithsx.sn(user, 'x')", "dbms_ldap.init('x', 389)"),
            *("apex_web_service.make_rest_request('x', 'GET')", "sys.utl_tcp.open_connection('x', 1)", "f@remote(1)"),
            *(
                "dbms_scheduler.create_job('x')",
                "dbms_sql.open_cursor",
                "dbms_java.runjava('x')",
                "owa_util.get_cgi_env('x')",
            ),
        ),
        tables=("trades@remote", "bank.trades@remote.example", "table(dbms_xplan.display())", "table(utl_x.y())"),
        statements=(
            *(
                *_STATEMENTS,
                "truncate table trades",
                "begin delete from trades; end;",
                "declare x int; begin null; end;",
            ),
            *("call p()", "lock table trades in exclusive mode", "alter session set current_schema = sys", "commit"),
            *(
                "merge into trades t using dual on (1 = 1) when matched then update set note = 'x'",
                "explain plan for select 1",
            ),
            *(
                "grant dba to public",
                "set role all",
                "create or replace procedure p as begin null; end;",
                "purge recyclebin",
            ),
            "with function f return number is pragma autonomous_transaction; begin return 1; end; select f from dual",
            "with procedure p is begin null; end; select 1 from dual",
        ),
        endings=(*("for update", "for update nowait", "for update of note wait 3", "for update skip locked"),),
        delimiters=(
            *(
                "'",
                "''",
                '"',
                "--",
                "/*",
                "*/",
                "q'[",
                "]'",
                "nq'{",
                "}'",
                "q'!",
                "!'",
                "-- \r",
                "-- \u2028",
                ";",
                "@x",
                "N'",
            ),
            *("/* /*", "--+", "/*+", "\n/\n", "-- '\n"),
        ),
        schemas=("sys", '"SYS"', "public"),
    ),
    "tsql": Attack(
        calls=("next value for numbers", "next value for dbo.numbers"),
        tables=(
            *(
                "openrowset('SQLNCLI', 'x', 'select 1')",
                "openquery(remote, 'delete from trades')",
                "sys.fn_dblog(null, null)",
            ),
            *("opendatasource('SQLNCLI', 'x').a.b.c", "openrowset(bulk '/etc/passwd', single_blob) as x", "a.b.c.d"),
            *("sys.fn_trace_gettable('\\\\x\\y', default)", "fn_xe_file_target_read_file('x', null, null, null)"),
            *("sys.dm_os_file_exists('c:/x')", "sys.dm_os_enumerate_filesystem('c:/', '*')", "remote.bank.dbo.trades"),
            *(
                "sys.fn_get_audit_file('x', default, default)",
                "trades with (xlock)",
                "trades with (tablockx, holdlock)",
            ),
            "trades with (updlock)",
        ),
        statements=(
            *(
                *_STATEMENTS,
                "truncate table trades",
                "exec xp_cmdshell 'x'",
                "execute sp_configure 'x', 1",
                "select 1 into made",
            ),
            *(
                "waitfor delay '0:0:5'",
                "use master",
                "shutdown",
                "backup database x to disk = 'x'",
                "dbcc freeproccache",
            ),
            *(
                "begin tran",
                "set identity_insert trades on",
                "declare @a int",
                "exec ('delete from trades')",
                "print 'x'",
            ),
            *(
                "merge trades as t using secrets s on 1 = 0 when not matched then delete",
                "kill 1",
                "grant all to public",
            ),
            *(
                "bulk insert trades from 'x'",
                "if 1 = 1 delete from trades",
                "while 1 = 1 print 'x'",
                "raiserror ('x', 1, 1)",
            ),
            *(
                "deny all to public",
                "revert",
                "reconfigure",
                "restore database x",
                "create login x with password = 'x'",
            ),
        ),
        endings=("for update", "option (maxdop 1) delete from trades"),
        comments=("/*%*/", "/* % */", "-- %\n", "--\n", "/*/*%*/*/", "/* /*%*/ ; */"),
        delimiters=(
            *(
                "'",
                "''",
                '"',
                "--",
                "/*",
                "*/",
                "[",
                "]",
                "]]",
                "N'",
                "-- \r",
                ";",
                "/* /*",
                "{call ",
                "}",
                "?",
                "\ngo\n",
            ),
            *("-- '\n", "[']", '["]', "-- \u2028", "\\\n"),
        ),
        quotes="[]",
        needs_semicolon=False,
    ),
    "sqlite": Attack(
        calls=(
            *(
                "load_extension('x')",
                "writefile('{folder}/x', 'x')",
                "readfile('/etc/passwd')",
                "edit('x')",
                "eval('x')",
            ),
            *("randomblob(1000000000)", "zeroblob(1000000000)", "fts3_tokenizer('x')", "sqlite_log(1, 'x')"),
        ),
        tables=(
            *("pragma_table_info('trades')", "fsdir('/')", "zipfile('x')", "'pragma_database_list'()", "lsdir('/')"),
        ),
        statements=(
            *(
                *_STATEMENTS,
                "attach '{folder}/y' as x",
                "pragma user_version = 7",
                "vacuum into '{folder}/x'",
                "reindex",
            ),
            "create trigger r after delete on trades begin select 1; end",
            *(
                "replace into secrets (id) values (1)",
                "pragma writable_schema = 1",
                "begin immediate",
                "detach x",
                "analyze",
                "alter table trades rename to gone",
            ),
        ),
        delimiters=(
            *(
                "'",
                "''",
                '"',
                "--",
                "/*",
                "*/",
                "`",
                "[",
                "]",
                "x'",
                "-- \r",
                ";",
                "?1",
                "@a",
                "$a",
                "#",
                "-- '\n",
                "[']",
                "]]",
            ),
        ),
        quotes='"`[',
    ),
    "duckdb": Attack(
        calls=(
            *("nextval('numbers')", "getenv('HOME')", "currval('numbers')", "setseed(0.5)", "('HOME').getenv()"),
            *("json_execute_serialized_sql('x')", "write_log('x')"),
        ),
        tables=(
            *(
                "read_csv('/etc/passwd')",
                "read_text('/etc/passwd')",
                "read_blob('/etc/*')",
                "glob('/*')",
                "'/etc/passwd'",
            ),
            *(
                "read_csv_auto('/etc/passwd')",
                "read_parquet('x')",
                "parquet_scan('x')",
                "'x.csv'",
                '"x.parquet"',
                '"/etc/x"',
            ),
            *("sqlite_scan('x', 'y')", "postgres_scan('x', 'y', 'z')", "query('select 1')", "query_table('trades')"),
            *(
                "sniff_csv('/etc/passwd')",
                "pragma_version()",
                "duckdb_secrets()",
                "force_checkpoint()",
                "read_json('x')",
            ),
            *("json_execute_serialized_sql(json_serialize_sql('select 1'))", "parquet_metadata('x')", "checkpoint()"),
            *(
                "mysql_scan('x', 'y', 'z')",
                "iceberg_scan('x')",
                "arrow_scan(1, 2, 3)",
                "enable_logging()",
                "E'/etc/passwd'",
            ),
            *("$$/etc/passwd$$", "enable_profiling()", "duckdb_settings()", "truncate_duckdb_logs()"),
        ),
        statements=(
            *(*_STATEMENTS, "copy trades to '{folder}/x'", "attach '{folder}/y' as x", "install httpfs", "load httpfs"),
            *(
                "pragma database_list",
                "export database '{folder}/x'",
                "set threads = 1",
                "create macro m() as 1",
                "checkpoint",
            ),
            *(
                "truncate trades",
                "create sequence s2",
                "call pragma_version()",
                "vacuum",
                "use memory",
                "reset threads",
            ),
            *(
                "copy (select 1) to '{folder}/x'",
                "summarize trades",
                "import database 'x'",
                "create type y as int",
            ),
        ),
        parts=_PG_PARTS[:3],
        comments=("/*%*/", "/* % */", "-- %\n", "--\n"),
        delimiters=(
            *(
                "'",
                "''",
                '"',
                "--",
                "/*",
                "*/",
                "\\'",
                "E'",
                "e'\\",
                "$$",
                "$a$",
                "ä$$",
                "a$$",
                "-- \r",
                ";",
                "$1",
                "?",
                "{",
                "}",
            ),
            *("/* /*", "*/ */", "-- '\n", "U&'", "E'a' -- x\n '", "#1"),
        ),
    ),
}
