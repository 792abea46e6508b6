/** Reports whose newest day has crossed a limit of its quality, the worst first. */
import { Group, Stack, Text } from "@mantine/core";
import { AppLink, BusinessDate, DataTable, Panel, StatusBadge, type Column } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { reportQualityQuery, type ReportQuality } from "@/features/quality/api";
import { crossed, worstFirst } from "@/features/quality/crossed";
import { qualityMessages } from "@/features/quality/messages";
import { SeverityBadge } from "@/features/quality/SeverityBadge";
import { dashboardMessages } from "./messages";

const text = dashboardMessages.quality;
const MOST_SHOWN = 5;

const columns: Column<ReportQuality>[] = [
  {
    key: "report",
    header: qualityMessages.report,
    cell: (one) => (
      <AppLink to="/quality" search={{ report: one.report_id }}>
        {one.report_name}
      </AppLink>
    ),
  },
  { key: "day", header: qualityMessages.day, cell: (one) => <BusinessDate date={one.latest.day} /> },
  {
    key: "crossed",
    header: text.crossed,
    cell: (one) => (
      <Stack gap={4} py={4}>
        {crossed(one.latest).map(({ indicator, value, severity }) => (
          <Group key={indicator} gap="xs" wrap="nowrap">
            <SeverityBadge severity={severity} />
            <Text span size="sm">
              {text.indicator(qualityMessages.names[indicator], qualityMessages.value(indicator, value))}
            </Text>
          </Group>
        ))}
      </Stack>
    ),
  },
];

export function QualityPanel() {
  const reports = useQuery(reportQualityQuery()).data?.items;
  if (!reports || reports.length === 0) return null;
  const worst = worstFirst(reports);
  return (
    <Panel
      title={text.title}
      aside={
        <AppLink to="/quality" search={{}} aria-label={`${text.all}: ${text.title}`}>
          {text.all}
        </AppLink>
      }
    >
      {worst.length === 0 ? (
        <StatusBadge tone="success">{text.good(reports.length)}</StatusBadge>
      ) : (
        <Stack gap="xs">
          <DataTable
            label={text.title}
            columns={columns}
            rows={worst.slice(0, MOST_SHOWN)}
            rowKey={(one) => one.report_id}
          />
          {worst.length > MOST_SHOWN && (
            <Text size="sm" c="dimmed">
              {text.more(worst.length - MOST_SHOWN)}
            </Text>
          )}
        </Stack>
      )}
    </Panel>
  );
}
