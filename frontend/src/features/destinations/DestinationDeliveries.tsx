/** The newest deliveries to a destination. */
import { Stack, Text } from "@mantine/core";
import { AppLink, DataTable, ErrorState } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { deliveriesQuery } from "@/features/deliveries/api";
import { fileColumn, lifeColumns } from "@/features/deliveries/deliveryColumns";
import { destinationMessages } from "./messages";

const text = destinationMessages.deliveries;
const columns = [fileColumn, ...lifeColumns];

export function DestinationDeliveries({ destinationId }: { destinationId: string }) {
  const query = useQuery(deliveriesQuery({ destination_id: destinationId }));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data?.items.length === 0) return <Text c="dimmed">{text.none}</Text>;
  return (
    <Stack gap="sm" pt="sm">
      <DataTable
        label={destinationMessages.tabs.deliveries}
        columns={columns}
        rows={query.data?.items}
        rowKey={(one) => one.id}
      />
      <AppLink to="/deliveries" search={{ destination_id: destinationId }} size="sm">
        {text.all}
      </AppLink>
    </Stack>
  );
}
