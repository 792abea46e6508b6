/** Try again, pause, resume, cancel, send once more: what the state of a delivery and one's permissions allow. */
import { Button } from "@mantine/core";
import { showDone, showProblem } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { ReasonDialog } from "@/features/exceptions/ReasonDialog";
import { actionsOf, type DeliveryAction } from "./actions";
import {
  cancelDelivery,
  deliveryKeys,
  pauseDelivery,
  redeliver,
  resumeDelivery,
  retryDelivery,
  type Delivery,
} from "./api";
import { deliveryMessages as text } from "./messages";

type Immediate = "retry" | "pause" | "resume";
type Asked = Exclude<DeliveryAction, Immediate>;
const AT_ONCE: Record<Immediate, (id: string) => Promise<unknown>> = {
  retry: retryDelivery,
  pause: pauseDelivery,
  resume: resumeDelivery,
};
const isImmediate = (action: DeliveryAction): action is Immediate => action in AT_ONCE;
/** What people do most stands out. */
const FIRST: readonly DeliveryAction[] = ["retry", "resume"];

export function DeliveryActions({ delivery }: { delivery: Delivery }) {
  const [asked, setAsked] = useState<{ action: Asked; key: string } | null>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const mayWork = useMay("deliveries:work");
  const refresh = () => queries.invalidateQueries({ queryKey: deliveryKeys.all });
  const act = useMutation({
    mutationFn: (action: Immediate) => AT_ONCE[action](delivery.id),
    onSuccess: (_, action) => showDone(text.done[action]),
    onError: showProblem,
    onSettled: refresh,
  });
  if (!mayWork) return null;
  const close = () => setAsked(null);

  async function cancel(reason: string) {
    await cancelDelivery(delivery.id, reason);
    await refresh();
    showDone(text.done.cancel);
  }

  async function sendOnceMore(reason: string, key: string) {
    const again = await redeliver(delivery.id, reason, key);
    await refresh();
    showDone(text.done.redeliver);
    await navigate({ to: "/deliveries/$deliveryId", params: { deliveryId: again.id } });
  }

  return (
    <>
      {actionsOf(delivery).map((action) => (
        <Button
          key={action}
          variant={FIRST.includes(action) ? "filled" : "default"}
          loading={act.isPending && act.variables === action}
          onClick={() =>
            isImmediate(action) ? act.mutate(action) : setAsked({ action, key: crypto.randomUUID() })
          }
        >
          {text.actionName(action)}
        </Button>
      ))}
      <ReasonDialog
        isOpen={asked?.action === "cancel"}
        onClose={close}
        title={text.cancel.title(delivery.artifact_name)}
        action={text.actionName("cancel")}
        label={text.reason}
        mostCharacters={500}
        onConfirm={cancel}
      >
        {text.cancel.text}
      </ReasonDialog>
      <ReasonDialog
        isOpen={asked?.action === "redeliver"}
        onClose={close}
        title={text.redeliver.title(delivery.artifact_name)}
        action={text.actionName("redeliver")}
        label={text.reason}
        mostCharacters={500}
        onConfirm={(reason) => sendOnceMore(reason, asked?.key ?? "")}
      >
        {text.redeliver.text}
      </ReasonDialog>
    </>
  );
}
