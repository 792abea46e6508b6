/** What there is of each day, and what would happen to it. */
import { Stack, Text } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  DataTable,
  formatNumber,
  StatusBadge,
  type Column,
  type StatusTone,
} from "@openreg/ui";
import { submissionMessages } from "@/features/submissions/messages";
import { againMessages as text } from "./againMessages";
import type { PlannedDay } from "./api";

const TONES: Record<PlannedDay["outcome"], StatusTone> = {
  new_original: "success",
  correction: "success",
  needs_override: "warning",
  skip: "off",
};

const columns: Column<PlannedDay>[] = [
  { key: "date", header: text.date, cell: (one) => <BusinessDate date={one.reporting_date} /> },
  { key: "exists", header: text.exists, cell: (one) => <Exists day={one} /> },
  {
    key: "records",
    header: text.records,
    isNumber: true,
    cell: (one) => `${formatNumber(one.amended)} / ${formatNumber(one.open)}`,
  },
  {
    key: "outcome",
    header: text.outcome,
    cell: (one) => (
      <>
        <StatusBadge tone={TONES[one.outcome]}>{text.outcomeName(one.outcome)}</StatusBadge>
        {one.reason && <Text size="xs">{one.reason}</Text>}
      </>
    ),
  },
];

export function AgainPreview({ days }: { days: PlannedDay[] }) {
  return (
    <Stack gap="xs">
      {days.every((one) => one.outcome === "skip") && <Text size="sm">{text.nothing}</Text>}
      <DataTable
        label={text.previewTitle}
        columns={columns}
        rows={days}
        rowKey={(one) => one.reporting_date}
      />
    </Stack>
  );
}

function Exists({ day }: { day: PlannedDay }) {
  const { original, void_original } = day;
  if (original)
    return (
      <>
        <AppLink to="/submissions/$submissionId" params={{ submissionId: original.id }}>
          {original.reference}
        </AppLink>{" "}
        · {submissionMessages.stateName(original.state)}
      </>
    );
  return (
    <>
      {text.noOriginal}
      {void_original && (
        <Text size="xs" c="dimmed">
          {text.voidOriginal(void_original.reference)}
        </Text>
      )}
    </>
  );
}
