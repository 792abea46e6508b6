/** What a run tells the regulator, on the run's own page. */
import { Group } from "@mantine/core";
import { AppLink, Panel } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { submissionOfRunQuery } from "./api";
import { submissionMessages as text } from "./messages";
import { SubmissionState } from "./SubmissionState";

export function RunSubmission({ runId }: { runId: string }) {
  const mayRead = useMay("submissions:read");
  const found = useQuery({ ...submissionOfRunQuery(runId), enabled: mayRead }).data?.items[0];
  if (!found) return null;
  return (
    <Panel title={text.ofRun.title}>
      <Group gap="sm">
        <AppLink to="/submissions/$submissionId" params={{ submissionId: found.id }} className="or-mono">
          {found.reference}
        </AppLink>
        <span>{text.kindName(found.kind)}</span>
        <SubmissionState submission={found} />
      </Group>
    </Panel>
  );
}
