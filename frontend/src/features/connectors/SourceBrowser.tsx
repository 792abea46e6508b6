/** What can be read through a connector: schemas, their tables, and what is in one of them. */
import { Select, Skeleton, Text } from "@mantine/core";
import { AppLink, EmptyState, ErrorState, SearchFilter } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { schemasQuery, tablesQuery, type Connector } from "./api";
import styles from "./browser.module.css";
import { connectorMessages } from "./messages";
import { usualSchema } from "./sqlNames";
import { TableView } from "./TableView";

const route = getRouteApi("/_app/connectors/$connectorId");
const text = connectorMessages.browse;

export function SourceBrowser({ connector }: { connector: Connector }) {
  const { id: connectorId, sql_dialect: dialect } = connector;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const schemas = useQuery(schemasQuery(connectorId));
  if (schemas.isError) return <ErrorState error={schemas.error} onRetry={() => void schemas.refetch()} />;
  if (!schemas.data) return <Skeleton height={320} />;
  const names = schemas.data.items;
  const usual = usualSchema(connector);
  const schema = search.schema ?? (names.includes(usual) ? usual : names[0]);
  if (schema === undefined) return <EmptyState title={text.tables}>{text.noSchemas}</EmptyState>;
  return (
    <div className={styles.browser}>
      <div className={styles.side}>
        <Select
          label={text.schema}
          searchable
          data={names}
          value={schema}
          onChange={(next) =>
            void navigate({
              search: (previous) => ({ ...previous, schema: next ?? undefined, table: undefined }),
            })
          }
        />
        <div>
          <SearchFilter
            label={text.search}
            value={search.q}
            onChange={(q) => void navigate({ search: (previous) => ({ ...previous, q }), replace: true })}
          />
        </div>
        <Tables connectorId={connectorId} schema={schema} q={search.q} current={search.table} />
      </div>
      <div className={styles.main}>
        {search.table ? (
          <TableView
            key={search.table}
            connectorId={connectorId}
            dialect={dialect}
            schema={schema}
            table={search.table}
          />
        ) : (
          <EmptyState title={text.columns}>{text.choose}</EmptyState>
        )}
      </div>
    </div>
  );
}

interface TablesProps {
  connectorId: string;
  schema: string;
  q: string | undefined;
  current: string | undefined;
}

function Tables({ connectorId, schema, q, current }: TablesProps) {
  const query = useQuery(tablesQuery(connectorId, schema, q));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={200} />;
  if (query.data.items.length === 0) return <Text c="dimmed">{text.noTables}</Text>;
  return (
    <nav aria-label={text.tables}>
      <ul className={styles.tables}>
        {query.data.items.map((table) => (
          <li key={table.name}>
            <AppLink
              from="/connectors/$connectorId"
              to="/connectors/$connectorId"
              search={(previous) => ({ ...previous, schema, table: table.name })}
              className={styles.table}
              aria-current={table.name === current ? "true" : undefined}
            >
              <span className="or-mono">{table.name}</span>
              {table.is_view && <span className={styles.kind}>{text.view}</span>}
            </AppLink>
          </li>
        ))}
      </ul>
      {query.data.is_truncated && (
        <Text size="xs" c="dimmed">
          {text.truncated(query.data.items.length)}
        </Text>
      )}
    </nav>
  );
}
