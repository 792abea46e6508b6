/** Approve, send anyway, withdraw: what the state of a submission and one's permissions allow. */
import { Button } from "@mantine/core";
import { showDone } from "@openreg/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import {
  approveSubmission,
  overrideSubmission,
  submissionKeys,
  withdrawSubmission,
  type Seen,
  type SubmissionDetail,
} from "./api";
import { DecisionDialog } from "./DecisionDialog";
import { submissionMessages as text } from "./messages";

type Decision = "approve" | "override" | "withdraw";

export function SubmissionActions({
  submission,
  etag,
}: {
  submission: SubmissionDetail;
  etag: string | null;
}) {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Decision | null>(null);
  const [key, setKey] = useState("");
  const mayApprove = useMay("submissions:approve");
  const mayOverride = useMay("submissions:override");
  const { reference, hold, state } = submission;
  const isUnsent = state === "prepared" || state === "approved";
  const close = () => setAsked(null);

  function ask(decision: Decision) {
    setKey(crypto.randomUUID());
    setAsked(decision);
  }

  async function act(decide: (seen: Seen) => Promise<unknown>, done: string) {
    await decide({ id: submission.id, etag, key });
    await queries.invalidateQueries({ queryKey: submissionKeys.all });
    showDone(done);
  }

  return (
    <>
      {isUnsent && mayApprove && submission.deliveries.length === 0 && (
        <Button variant="default" onClick={() => ask("withdraw")}>
          {text.withdraw}
        </Button>
      )}
      {hold === "approval" && mayApprove && submission.may_approve && (
        <Button onClick={() => ask("approve")}>{text.approve}</Button>
      )}
      {hold === "duplicate" && mayOverride && (
        <Button onClick={() => ask("override")}>{text.override}</Button>
      )}
      <DecisionDialog
        isOpen={asked === "approve"}
        onClose={close}
        title={text.approveTitle(reference)}
        action={text.approve}
        reference={reference}
        onConfirm={(typed) => act((seen) => approveSubmission(seen, typed), text.approved)}
      >
        {text.approveText}
      </DecisionDialog>
      <DecisionDialog
        isOpen={asked === "override"}
        onClose={close}
        title={text.overrideTitle(reference)}
        action={text.override}
        reference={reference}
        needsReason
        isDangerous
        onConfirm={(typed, reason) => act((seen) => overrideSubmission(seen, typed, reason), text.overridden)}
      >
        {text.overrideText}
      </DecisionDialog>
      <DecisionDialog
        isOpen={asked === "withdraw"}
        onClose={close}
        title={text.withdrawTitle(reference)}
        action={text.withdraw}
        needsReason
        isDangerous
        onConfirm={(_, reason) => act((seen) => withdrawSubmission(seen, reason), text.withdrawn)}
      >
        {text.withdrawText}
      </DecisionDialog>
    </>
  );
}
