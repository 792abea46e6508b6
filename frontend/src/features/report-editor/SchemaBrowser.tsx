/** Tables and columns of the source; a click puts a name into the query. */
import { ActionIcon, Loader, Select, Text, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { ErrorState } from "@openreg/ui";
import { IconChevronDown, IconChevronRight, IconTablePlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { sqlName } from "@/features/connectors/sqlNames";
import { columnsQuery, schemasQuery, tablesQuery } from "./api";
import { useSource } from "./useSource";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { editorMessages } from "./messages";

const text = editorMessages.source;

interface SchemaBrowserProps {
  onInsert: (text: string) => void;
  onStart: (query: string) => void;
}

/** The schema that is looked at: the chosen one, else the usual one, else the first. */
export function useBrowsedSchema(connectorId: string | undefined, chosen: string | null = null) {
  const mayQuery = useMay("connectors:query");
  const schemas = useQuery({
    ...schemasQuery(connectorId ?? ""),
    enabled: mayQuery && Boolean(connectorId),
  });
  const { usual } = useSource(connectorId);
  const names = schemas.data?.items ?? [];
  return [chosen ?? names.find((name) => name === usual) ?? names[0] ?? null, schemas] as const;
}

export function SchemaBrowser(props: SchemaBrowserProps) {
  const { document } = useEditor();
  const mayQuery = useMay("connectors:query");
  const connectorId = document.source.connector_id;
  return (
    <section className={styles.browser} aria-label={text.browser}>
      <Text fw={600} size="sm">
        {text.browser}
      </Text>
      {!mayQuery && <Text c="dimmed">{text.mayNotBrowse}</Text>}
      {mayQuery && !connectorId && <Text c="dimmed">{text.browserChoose}</Text>}
      {mayQuery && connectorId && <Tables key={connectorId} connectorId={connectorId} {...props} />}
    </section>
  );
}

function Tables({ connectorId, ...props }: SchemaBrowserProps & { connectorId: string }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [search, setSearch] = useState("");
  const [schema, schemas] = useBrowsedSchema(connectorId, chosen);
  const tables = useQuery({ ...tablesQuery(connectorId, schema ?? ""), enabled: schema !== null });
  const failed = [schemas, tables].find((query) => query.isError);
  if (failed) return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!tables.data) return <Loader size="sm" />;
  const wanted = search.trim().toLowerCase();
  const shown = tables.data.items.filter((table) => table.name.toLowerCase().includes(wanted));
  return (
    <>
      {(schemas.data?.items.length ?? 0) > 1 && (
        <Select
          aria-label={text.schema}
          data={schemas.data?.items ?? []}
          value={schema}
          onChange={setChosen}
        />
      )}
      <TextInput
        aria-label={text.browserSearch}
        placeholder={text.browserSearch}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {tables.data.is_truncated && <Text c="dimmed">{text.truncated}</Text>}
      {shown.length === 0 && <Text c="dimmed">{text.browserNone}</Text>}
      <ul className={styles.tables}>
        {shown.map((table) => (
          <TableEntry
            key={table.name}
            connectorId={connectorId}
            schema={table.schema_name}
            name={table.name}
            {...props}
          />
        ))}
      </ul>
    </>
  );
}

interface TableEntryProps extends SchemaBrowserProps {
  connectorId: string;
  schema: string;
  name: string;
}

function TableEntry({ connectorId, schema, name, onInsert, onStart }: TableEntryProps) {
  const [isOpen, setIsOpen] = useState(false);
  const columns = useQuery({ ...columnsQuery(connectorId, schema, name), enabled: isOpen });
  const { dialect } = useSource(connectorId);
  const full = `${sqlName(schema, dialect)}.${sqlName(name, dialect)}`;
  const Arrow = isOpen ? IconChevronDown : IconChevronRight;
  const readable = (columns.data?.items ?? []).map((column) => sqlName(column.name, dialect));
  return (
    <li>
      <div className={styles.tableRow}>
        <UnstyledButton
          className={styles.tableName}
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          <Arrow size={14} aria-hidden />
          {name}
        </UnstyledButton>
        <Tooltip label={text.insertTable(full)}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            aria-label={text.insertTable(full)}
            onClick={() => onInsert(full)}
          >
            <IconTablePlus size={14} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
      {isOpen && columns.isError && <ErrorState error={columns.error} />}
      {isOpen && columns.isPending && <Loader size="xs" />}
      {isOpen && columns.data && (
        <ul className={styles.columns}>
          {columns.data.items.map((column) => (
            <li key={column.name}>
              <UnstyledButton
                className={styles.column}
                aria-label={text.insertColumn(column.name)}
                onClick={() => onInsert(sqlName(column.name, dialect))}
              >
                <span>{column.name}</span>
                <span className={styles.type}>{column.type ?? column.native_type}</span>
              </UnstyledButton>
            </li>
          ))}
          <li>
            <UnstyledButton
              className={styles.start}
              onClick={() => onStart(`SELECT ${readable.join(",\n       ")}\n  FROM ${full}`)}
            >
              {text.start}
            </UnstyledButton>
          </li>
        </ul>
      )}
    </li>
  );
}
