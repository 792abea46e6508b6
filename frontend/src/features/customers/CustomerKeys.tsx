/** The keys of a customer, never their secrets. */
import { Group, Text } from "@mantine/core";
import {
  CodeList,
  DataTable,
  ErrorState,
  Moment,
  Section,
  StatusBadge,
  TimeAgo,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { usePages } from "@/lists/usePages";
import { customerKeysQuery, type CustomerKey } from "./api";
import { customerMessages } from "./messages";

const text = customerMessages.detail;
const TONES: Record<CustomerKey["state"], StatusTone> = {
  active: "success",
  expired: "warning",
  revoked: "off",
};

const columns: Column<CustomerKey>[] = [
  { key: "name", header: text.keyColumns.name, cell: (key) => key.name },
  {
    key: "key",
    header: text.keyColumns.key,
    cell: (key) => (
      <Group gap="xs" wrap="nowrap">
        <span className="or-mono or-whole">{`${key.prefix}…${key.last_four}`}</span>
        {key.is_test && <StatusBadge tone="off">{text.test}</StatusBadge>}
      </Group>
    ),
  },
  { key: "scopes", header: text.keyColumns.scopes, cell: (key) => <CodeList words={key.scopes} /> },
  {
    key: "state",
    header: text.keyColumns.state,
    cell: (key) => <StatusBadge tone={TONES[key.state]}>{text.keyStates[key.state]}</StatusBadge>,
  },
  {
    key: "used",
    header: text.keyColumns.used,
    cell: (key) => (key.last_used_at ? <TimeAgo at={key.last_used_at} /> : text.never),
  },
  {
    key: "expires",
    header: text.keyColumns.expires,
    cell: (key) => (key.expires_at ? <Moment at={key.expires_at} /> : text.never),
  },
];

export function CustomerKeys({ customerId }: { customerId: string }) {
  const pages = usePages();
  const query = useQuery(customerKeysQuery(customerId, pages.cursor));
  const isEmpty = query.data?.items.length === 0 && !pages.cursor;
  return (
    <Section title={text.keys}>
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {isEmpty && <Text c="dimmed">{text.noKeys}</Text>}
      {!query.isError && !isEmpty && (
        <DataTable
          label={text.keys}
          columns={columns}
          rows={query.data?.items}
          rowKey={(key) => key.id}
          paging={{ ...pages, nextCursor: query.data?.next_cursor }}
        />
      )}
    </Section>
  );
}
