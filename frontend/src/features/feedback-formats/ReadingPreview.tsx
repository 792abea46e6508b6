/** How each row of a sample would be read. */
import { Text } from "@mantine/core";
import { Callout, DataTable, ErrorState, Section, type Column } from "@openreg/ui";
import { AdviceStateBadge } from "@/features/feedback/FeedbackStateBadge";
import type { Reading, ReadRow } from "./api";
import { isComplete, type FormatDraft } from "./format";
import { formatMessages as text } from "./messages";

const columns: Column<ReadRow>[] = [
  { key: "line", header: text.line, isNumber: true, cell: (row) => row.line },
  {
    key: "result",
    header: text.result,
    cell: (row) =>
      row.refused ? (
        <Text size="sm" c="var(--or-failed-text)">
          {row.refused.detail}
        </Text>
      ) : (
        row.state && <AdviceStateBadge state={row.state} />
      ),
  },
  {
    key: "record",
    header: text.column.record_id,
    cell: (row) => <span className="or-mono">{row.record_id}</span>,
  },
  { key: "message", header: text.column.message_id, cell: (row) => row.message_id },
  { key: "rule", header: text.column.rule_id, cell: (row) => row.rule_id },
  { key: "text", header: text.column.text, cell: (row) => row.text },
];

interface ReadingPreviewProps {
  reading: Reading | undefined;
  error: Error | null;
  isChosen: boolean;
  draft: FormatDraft;
}

export function ReadingPreview({ reading, error, isChosen, draft }: ReadingPreviewProps) {
  return (
    <Section title={text.preview}>
      {!isChosen && <Text c="dimmed">{text.previewFirst}</Text>}
      {error && <ErrorState error={error} />}
      <div aria-live="polite">{reading && <Verdict reading={reading} draft={draft} />}</div>
      {reading && reading.rows.length > 0 && (
        <DataTable
          label={text.preview}
          columns={columns}
          rows={reading.rows}
          rowKey={(row) => String(row.line)}
        />
      )}
    </Section>
  );
}

function Verdict({ reading, draft }: { reading: Reading; draft: FormatDraft }) {
  if (reading.refused)
    return (
      <Callout tone="failed" title={text.fileRefused}>
        {reading.refused.detail}
      </Callout>
    );
  if (!isComplete(draft)) return <Text c="dimmed">{text.previewColumns}</Text>;
  if (reading.refused_count > 0)
    return <Callout tone="failed" title={text.someRefused(reading.refused_count, reading.row_count)} />;
  return <Callout tone="success" title={text.allRead(reading.row_count)} />;
}
