/** What may be done with one exception, as its state allows. */
import { Button } from "@mantine/core";
import { showDone } from "@openreg/ui";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { accept, chosenOf, reject, reopen, type ExceptionDetail } from "./api";
import { AssignMenu } from "./AssignMenu";
import { bulkMessages } from "./bulkMessages";
import { detailMessages } from "./detailMessages";
import { DueDialog } from "./DueDialog";
import { ReasonDialog } from "./ReasonDialog";
import { ResubmitDialog } from "./ResubmitDialog";
import { isClosedByHand, isWorkable } from "./states";
import { useRefresh } from "./useRefresh";

const text = detailMessages.decide;

type Asked = "due" | "accept" | "reject" | "reopen" | "resubmit";

export function Decisions({ found }: { found: ExceptionDetail }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const refresh = useRefresh();
  const mayStart = useMay("runs:start");
  const close = () => setAsked(null);
  const isOpen = isWorkable(found.state);
  const decide = async (action: typeof accept, done: string, reason: string) => {
    const answer = await action(chosenOf([found]), reason);
    showDone(answer.items[0]?.proposed_by ? text.proposed : done);
    await refresh();
  };
  return (
    <>
      <AssignMenu chosen={chosenOf([found])} />
      {isOpen && (
        <Button variant="default" onClick={() => setAsked("due")}>
          {text.due}
        </Button>
      )}
      {isOpen && !found.proposed_by && (
        <Button variant="default" onClick={() => setAsked("accept")}>
          {text.accept}
        </Button>
      )}
      {isOpen && (
        <Button variant="default" onClick={() => setAsked("reject")}>
          {text.reject}
        </Button>
      )}
      {isClosedByHand(found.state) && (
        <Button variant="default" onClick={() => setAsked("reopen")}>
          {text.reopen}
        </Button>
      )}
      {isOpen && mayStart && <Button onClick={() => setAsked("resubmit")}>{bulkMessages.resubmit}</Button>}
      <ReasonDialog
        isOpen={asked === "accept"}
        onClose={close}
        title={text.acceptTitle}
        label={text.justification}
        action={text.accept}
        onConfirm={(reason) => decide(accept, text.accepted, reason)}
      >
        {text.acceptText}
      </ReasonDialog>
      <ReasonDialog
        isOpen={asked === "reject"}
        onClose={close}
        title={text.rejectTitle}
        action={text.reject}
        onConfirm={(reason) => decide(reject, text.rejected, reason)}
      >
        {text.rejectText}
      </ReasonDialog>
      <ReasonDialog
        isOpen={asked === "reopen"}
        onClose={close}
        title={text.reopenTitle}
        action={text.reopen}
        onConfirm={(reason) => decide(reopen, text.reopened, reason)}
      >
        {text.reopenText}
      </ReasonDialog>
      <DueDialog isOpen={asked === "due"} onClose={close} chosen={chosenOf([found])} dueAt={found.due_at} />
      <ResubmitDialog isOpen={asked === "resubmit"} onClose={close} chosen={[found]} />
    </>
  );
}
