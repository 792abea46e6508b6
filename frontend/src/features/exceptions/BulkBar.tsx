/** What can be done with all selected exceptions at once; it stands above the table while any is selected. */
import { Button, Group, Text } from "@mantine/core";
import { showDone } from "@openreg/ui";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { accept, chosenOf, MOST_TOGETHER, reject, type ListedException } from "./api";
import { AssignMenu } from "./AssignMenu";
import { BulkAmendDialog } from "./BulkAmendDialog";
import { bulkMessages as text } from "./bulkMessages";
import { detailMessages } from "./detailMessages";
import { DueDialog } from "./DueDialog";
import styles from "./exceptions.module.css";
import { ReasonDialog } from "./ReasonDialog";
import { ResubmitDialog } from "./ResubmitDialog";
import { isWorkable } from "./states";
import { useRefresh } from "./useRefresh";

type Asked = "due" | "amend" | "accept" | "reject" | "resubmit";

export function BulkBar({ chosen, onDone }: { chosen: ListedException[]; onDone: () => void }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const refresh = useRefresh();
  const mayStart = useMay("runs:start");
  if (chosen.length === 0) return null;
  const isTooMany = chosen.length > MOST_TOGETHER;
  const isWorkableAll = chosen.every((one) => isWorkable(one.state));
  const isOfOneReport = chosen.every((one) => one.report_id === chosen[0]?.report_id);
  const isOff = isTooMany || !isWorkableAll;
  const close = () => setAsked(null);
  const decide = async (action: typeof accept, said: (count: number) => string, reason: string) => {
    await action(chosenOf(chosen), reason);
    showDone(said(chosen.length));
    await refresh();
    onDone();
  };
  return (
    <div className={styles.bulk} role="region" aria-label={text.label}>
      <Text fw={600} role="status">
        {text.selected(chosen.length)}
      </Text>
      <Group gap="sm">
        <AssignMenu chosen={chosenOf(chosen)} onDone={onDone} />
        <Button variant="default" disabled={isOff} onClick={() => setAsked("due")}>
          {detailMessages.decide.due}
        </Button>
        <Button variant="default" disabled={isOff || !isOfOneReport} onClick={() => setAsked("amend")}>
          {text.amend}
        </Button>
        <Button variant="default" disabled={isOff} onClick={() => setAsked("accept")}>
          {detailMessages.decide.accept}
        </Button>
        <Button variant="default" disabled={isOff} onClick={() => setAsked("reject")}>
          {detailMessages.decide.reject}
        </Button>
        {mayStart && (
          <Button disabled={isOff} onClick={() => setAsked("resubmit")}>
            {text.resubmit}
          </Button>
        )}
        <Button variant="subtle" onClick={onDone}>
          {text.clear}
        </Button>
      </Group>
      <Hint isTooMany={isTooMany} isWorkable={isWorkableAll} isOfOneReport={isOfOneReport} />
      <ReasonDialog
        isOpen={asked === "accept"}
        onClose={close}
        title={text.acceptTitle(chosen.length)}
        label={detailMessages.decide.justification}
        action={detailMessages.decide.accept}
        onConfirm={(reason) => decide(accept, text.accepted, reason)}
      >
        {detailMessages.decide.acceptText}
      </ReasonDialog>
      <ReasonDialog
        isOpen={asked === "reject"}
        onClose={close}
        title={text.rejectTitle(chosen.length)}
        action={detailMessages.decide.reject}
        onConfirm={(reason) => decide(reject, text.rejected, reason)}
      >
        {detailMessages.decide.rejectText}
      </ReasonDialog>
      <DueDialog
        isOpen={asked === "due"}
        onClose={close}
        chosen={chosenOf(chosen)}
        dueAt={chosen[0]?.due_at ?? ""}
        onDone={onDone}
      />
      <BulkAmendDialog isOpen={asked === "amend"} onClose={close} chosen={chosen} onDone={onDone} />
      <ResubmitDialog isOpen={asked === "resubmit"} onClose={close} chosen={chosen} onDone={onDone} />
    </div>
  );
}

interface HintProps {
  isTooMany: boolean;
  isWorkable: boolean;
  isOfOneReport: boolean;
}

/** Why something is not offered. */
function Hint(props: HintProps) {
  const found = props.isTooMany
    ? text.tooMany(MOST_TOGETHER)
    : !props.isWorkable
      ? text.notWorkable
      : !props.isOfOneReport
        ? text.severalReports
        : null;
  return found === null ? null : (
    <Text size="sm" c="dimmed">
      {found}
    </Text>
  );
}
