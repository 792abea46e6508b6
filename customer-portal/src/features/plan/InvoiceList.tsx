import { Anchor, Group, Text } from "@mantine/core";
import {
  BusinessDate,
  DataTable,
  ErrorState,
  Section,
  StatusBadge,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { invoicesQuery, type Invoice } from "./api";
import { planMessages } from "./messages";
import { formatMoney } from "./money";

const text = planMessages.billing;
const route = getRouteApi("/_app/billing");
const TONES: Record<string, StatusTone> = {
  paid: "success",
  open: "warning",
  uncollectible: "failed",
  void: "off",
};

export function InvoiceList() {
  const { cursor } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(invoicesQuery({ cursor }));
  return (
    <Section title={text.invoices}>
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data?.items.length === 0 && cursor === undefined ? (
        <Text c="dimmed">{text.noInvoices}</Text>
      ) : (
        <DataTable
          label={text.invoices}
          columns={columns}
          rows={query.data?.items}
          rowKey={(invoice) => invoice.id}
          isFetching={query.isFetching}
          paging={{
            cursor,
            nextCursor: query.data?.next_cursor,
            onFirst: () => void navigate({ search: {} }),
            onNext: (next) => void navigate({ search: { cursor: next } }),
          }}
        />
      )}
    </Section>
  );
}

const columns: Column<Invoice>[] = [
  { key: "number", header: text.columns.number, cell: (invoice) => invoice.number ?? text.draft },
  { key: "date", header: text.columns.date, cell: (invoice) => <BusinessDate date={invoice.issued_at} /> },
  {
    key: "period",
    header: text.columns.period,
    cell: (invoice) => (
      <>
        <BusinessDate date={invoice.period_start} /> – <BusinessDate date={invoice.period_end} />
      </>
    ),
  },
  {
    key: "total",
    header: text.columns.total,
    isNumber: true,
    cell: (invoice) => formatMoney(invoice.total, invoice.currency),
  },
  {
    key: "status",
    header: text.columns.status,
    cell: (invoice) => (
      <StatusBadge tone={TONES[invoice.status] ?? "neutral"}>
        {planMessages.invoiceStatus(invoice.status)}
      </StatusBadge>
    ),
  },
  {
    key: "open",
    header: text.columns.open,
    cell: (invoice) => (
      <Group gap="sm" wrap="nowrap">
        <InvoiceLink url={invoice.hosted_url} kind={text.view} invoice={invoice} />
        <InvoiceLink url={invoice.pdf_url} kind={text.pdf} invoice={invoice} />
      </Group>
    ),
  },
];

function InvoiceLink({ url, kind, invoice }: { url: string | null; kind: string; invoice: Invoice }) {
  if (!url) return null;
  return (
    <Anchor
      href={url}
      target="_blank"
      rel="noreferrer"
      aria-label={text.invoiceLink(kind, invoice.number ?? text.draft)}
    >
      {kind}
    </Anchor>
  );
}
