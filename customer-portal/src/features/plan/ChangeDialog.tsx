/** What another plan costs, before anybody says yes. */
import { Skeleton, Table, Text } from "@mantine/core";
import { ConfirmDialog, ErrorState, showDone } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { changePlan, previewChange, useRefreshPlan, type Offer, type Preview } from "./api";
import { planMessages as text } from "./messages";
import { formatMoney } from "./money";

export function ChangeDialog({ offer, onClose }: { offer: Offer | null; onClose: () => void }) {
  const refresh = useRefreshPlan();
  const [once, setOnce] = useState(() => crypto.randomUUID());
  const preview = useQuery({
    queryKey: ["billing", "preview", offer?.key],
    queryFn: () => previewChange(offer?.key ?? ""),
    enabled: offer !== null,
    // A price that was counted is agreed to within the half hour, or counted again.
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });

  async function change() {
    if (!offer || !preview.data) return;
    try {
      await changePlan({ plan: offer.key, counted_from: preview.data.counted_from }, once);
    } finally {
      setOnce(crypto.randomUUID());
    }
    showDone(text.changed(offer.name));
    await refresh();
  }

  return (
    <ConfirmDialog
      isOpen={offer !== null}
      onClose={onClose}
      title={offer ? text.changeTitle(offer.name) : ""}
      action={text.change}
      isBlocked={!preview.data}
      onConfirm={change}
    >
      {preview.isError && <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />}
      {preview.isPending && (
        <div role="status" aria-label={text.counting}>
          <Skeleton height={96} />
        </div>
      )}
      {preview.data && <Counted preview={preview.data} />}
    </ConfirmDialog>
  );
}

function Counted({ preview }: { preview: Preview }) {
  const { amount_due: due, currency, lines } = preview;
  const sum = lines.reduce((total, line) => total + line.amount, 0);
  const said =
    due > 0
      ? text.dueNow(formatMoney(due, currency))
      : sum < 0
        ? text.givenBack(formatMoney(-sum, currency))
        : text.nothingDue;
  return (
    <>
      <Text>{said}</Text>
      <Table mt="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{text.line}</Table.Th>
            <Table.Th scope="col" ta="right">
              {text.amount}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map((line, index) => (
            <Table.Tr key={index}>
              <Table.Td>{line.description}</Table.Td>
              <Table.Td ta="right" className="or-number">
                {formatMoney(line.amount, currency)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}
