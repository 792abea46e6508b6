import { ScrollArea, Skeleton, Stack, Table, Text } from "@mantine/core";
import { AppLink, CopyId, ErrorState, Fact, Facts, Moment, PageHeader, Section } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { auditEntryQuery } from "./api";
import styles from "./audit.module.css";
import { auditMessages } from "./messages";
import { valueDiff, type ValueChange } from "./valueDiff";

const text = auditMessages.entry;
const route = getRouteApi("/_app/audit/$entryId");

export function AuditEntryPage() {
  const { entryId } = route.useParams();
  const query = useQuery(auditEntryQuery(entryId));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const entry = query.data;
  if (!entry) return <Skeleton height={240} />;
  const changes = valueDiff(entry.before, entry.after);
  return (
    <Stack gap="xl">
      <div>
        <PageHeader title={text.title(entry.number)} meta={<span className="or-mono">{entry.action}</span>} />
        <Facts>
          <Fact name={text.when}>
            <Moment at={entry.at} />
          </Fact>
          <Fact name={text.who}>{entry.actor_label}</Fact>
          <Fact name={text.what}>{entry.subject_label}</Fact>
          <Fact name={text.from}>{entry.address ?? text.none}</Fact>
          <Fact name={text.request}>
            {entry.request_id ? <CopyId id={entry.request_id} label={text.request} /> : text.none}
          </Fact>
          {entry.note && <Fact name={text.note}>{entry.note}</Fact>}
        </Facts>
      </div>
      <Section title={text.changes}>
        {changes.length === 0 ? <Text c="dimmed">{text.noChanges}</Text> : <Changes changes={changes} />}
      </Section>
      <Facts>
        <Fact name={text.previous}>
          <span className="or-mono">{entry.previous_hash}</span>
        </Fact>
        <Fact name={text.hash}>
          <span className="or-mono">{entry.hash}</span>
        </Fact>
      </Facts>
      {entry.subject_id && (
        <AppLink to="/audit" search={{ subject_kind: entry.subject_kind, subject_id: entry.subject_id }}>
          {text.back}
        </AppLink>
      )}
    </Stack>
  );
}

function Changes({ changes }: { changes: ValueChange[] }) {
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table aria-label={text.changes} layout="fixed" miw={480}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{text.field}</Table.Th>
            <Table.Th scope="col">{text.before}</Table.Th>
            <Table.Th scope="col">{text.after}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map((change) => (
            <Table.Tr key={change.field}>
              <Table.Th scope="row" className="or-mono">
                {change.field}
              </Table.Th>
              <Table.Td>
                <Value value={change.before} kind="before" />
              </Table.Td>
              <Table.Td>
                <Value value={change.after} kind="after" />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function Value({ value, kind }: { value: string | null; kind: "before" | "after" }) {
  if (value === null) return <Text c="dimmed">{text.none}</Text>;
  return (
    <span className={`${styles.value} or-mono`} data-kind={kind}>
      {value}
    </span>
  );
}
