/** A column per indicator; a value that has crossed a limit says so. */
import { Group, Text } from "@mantine/core";
import { type Column } from "@openreg/ui";
import { indicators, type Indicator, type QualityDay } from "./api";
import { qualityMessages as text } from "./messages";
import { SeverityBadge } from "./SeverityBadge";

export function indicatorColumns<Row>(dayOf: (row: Row) => QualityDay): Column<Row>[] {
  return indicators.map((indicator) => ({
    key: indicator,
    header: text.names[indicator],
    isNumber: true,
    cell: (row) => <Value indicator={indicator} day={dayOf(row)} />,
  }));
}

function Value({ indicator, day }: { indicator: Indicator; day: QualityDay }) {
  const found = day.indicators[indicator];
  const value = found?.value ?? null;
  return (
    <Group component="span" gap={4} justify="flex-end" wrap="nowrap">
      <Text span size="sm" c={value === null ? "dimmed" : undefined}>
        {text.value(indicator, value)}
      </Text>
      {found?.severity && <SeverityBadge severity={found.severity} />}
    </Group>
  );
}
