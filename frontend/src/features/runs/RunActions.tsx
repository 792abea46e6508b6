/** Cancel, retry, release: what the run's state and one's permissions allow. */
import { Button } from "@mantine/core";
import { ConfirmDialog, showDone, showProblem } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { cancelRun, releaseRun, retryRun, runKeys, type RunDetail } from "./api";
import { runMessages } from "./messages";
import { isFinal } from "./runEvents";

const text = runMessages.actions;

export function RunActions({ run }: { run: RunDetail }) {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<"cancel" | "release" | null>(null);
  const mayCancel = useMay("runs:cancel");
  const mayRetry = useMay("runs:start");
  const mayRelease = useMay("runs:release");
  const refresh = () => queries.invalidateQueries({ queryKey: runKeys.all });

  async function act(action: (runId: string) => Promise<unknown>, done: string) {
    await action(run.id);
    await refresh();
    showDone(done);
  }

  const retry = useMutation({ mutationFn: () => act(retryRun, text.retried), onError: showProblem });
  const isCancellable = !isFinal(run.state) && run.state !== "cancelling";
  return (
    <>
      {isCancellable && mayCancel && (
        <Button variant="default" onClick={() => setAsked("cancel")}>
          {text.cancel}
        </Button>
      )}
      {run.state === "failed" && mayRetry && (
        <Button loading={retry.isPending} onClick={() => retry.mutate()}>
          {text.retry}
        </Button>
      )}
      {run.is_held && mayRelease && <Button onClick={() => setAsked("release")}>{text.release}</Button>}
      <ConfirmDialog
        isOpen={asked === "cancel"}
        onClose={() => setAsked(null)}
        title={text.cancelTitle}
        action={text.cancel}
        isDangerous
        onConfirm={() => act(cancelRun, text.cancelled)}
      >
        {text.cancelText}
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={asked === "release"}
        onClose={() => setAsked(null)}
        title={text.releaseTitle}
        action={text.release}
        onConfirm={() => act(releaseRun, text.released)}
      >
        {text.releaseText(run.counts.rows_out, run.counts.set_aside)}
      </ConfirmDialog>
    </>
  );
}
