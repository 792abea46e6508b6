import { Stack, Text } from "@mantine/core";
import { AppLink, BusinessDate, Moment, StatusBadge, type Column, type StatusTone } from "@openreg/ui";
import type { Obligation, ObligationState } from "./api";
import { countdown, inZone } from "./countdown";
import { deadlineMessages as text } from "./messages";

const TONES: Record<ObligationState, StatusTone> = {
  open: "neutral",
  at_risk: "warning",
  breached: "failed",
  met: "success",
  met_late: "warning",
  not_required: "off",
};
const WAITING: readonly ObligationState[] = ["open", "at_risk", "breached"];

export function obligationColumns(now: number): Column<Obligation>[] {
  return [
    {
      key: "report",
      header: text.columns.report,
      cell: (one) => (
        <AppLink to="/deadlines" search={{ report_id: one.report_id }}>
          {one.report_name}
        </AppLink>
      ),
    },
    { key: "date", header: text.columns.date, cell: (one) => <BusinessDate date={one.reporting_date} /> },
    {
      key: "state",
      header: text.columns.state,
      cell: (one) => (
        <Stack gap={2} align="flex-start">
          <StatusBadge tone={TONES[one.state]}>{text.stateName(one.state)}</StatusBadge>
          {one.state === "at_risk" && one.risk && (
            <Text size="xs" c="dimmed">
              {text.risk[one.risk]}
            </Text>
          )}
        </Stack>
      ),
    },
    {
      key: "left",
      header: text.columns.left,
      cell: (one) => (WAITING.includes(one.state) ? countdown(one.due_at, now).words : text.noTime),
    },
    {
      key: "regulator",
      header: text.columns.regulator,
      cell: (one) => (
        <Stack gap={0}>
          <span>{inZone(one.due_at, one.time_zone)}</span>
          <Text size="xs" c="dimmed">
            {one.time_zone}
          </Text>
        </Stack>
      ),
    },
    { key: "reader", header: text.columns.reader, cell: (one) => <Moment at={one.due_at} /> },
    {
      key: "run",
      header: text.columns.run,
      cell: (one) =>
        one.run_id ? (
          <AppLink to="/runs/$runId" params={{ runId: one.run_id }}>
            {text.run}
          </AppLink>
        ) : (
          text.noTime
        ),
    },
  ];
}
