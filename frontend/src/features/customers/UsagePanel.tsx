import { Skeleton } from "@mantine/core";
import { ErrorState } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ChartPanel } from "@openreg/ui/charts";
import { customerUsageQuery } from "./api";
import { customerMessages } from "./messages";
import { chartOf, lastDays, summaryOf } from "./usage";

const text = customerMessages.usage;

export function UsagePanel({ customerId }: { customerId: string }) {
  const [{ first, last }] = useState(() => lastDays(new Date()));
  const query = useQuery(customerUsageQuery(customerId, first, last));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={240} />;
  const data = chartOf(query.data);
  return (
    <ChartPanel title={text.title} hint={text.hint} data={data} summary={summaryOf(data)} none={text.none} />
  );
}
