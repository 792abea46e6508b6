/** Buttons for the steps a version can take; one that is not allowed says why. */
import { Button, Tooltip } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useFourEyes, useMe, useOwnId } from "@/features/account/api";
import type { Report } from "@/features/reports/api";
import type { Step, Version } from "./api";
import { versionMessages as text } from "./messages";
import { StepDialog } from "./StepDialog";
import { offeredSteps } from "./steps";

const MAIN: Step[] = ["submit", "approve"];

export function VersionActions({ version, report }: { version: Version; report: Report }) {
  const [step, setStep] = useState<Step | null>(null);
  const navigate = useNavigate();
  const permissions = useMe()?.permissions ?? [];
  const userId = useOwnId();
  const needsFourEyes = useFourEyes();
  const isReportArchived = report.archived_at !== null;
  const offered = offeredSteps(version, { permissions, userId, needsFourEyes, isReportArchived });

  function done(changed: Version) {
    if (changed.id === version.id) return;
    const params = { reportId: changed.report_id, versionId: changed.id };
    void navigate({ to: "/reports/$reportId/versions/$versionId", params });
  }

  return (
    <>
      {offered.map(({ step: one, reason }) => (
        <Tooltip key={one} label={reason} disabled={reason === null} multiline maw={320}>
          <Button
            variant={MAIN.includes(one) ? "filled" : "default"}
            // Disabled by name only: it must be reachable, so that the reason can be read.
            aria-disabled={reason !== null || undefined}
            data-disabled={reason !== null || undefined}
            aria-description={reason ?? undefined}
            onClick={() => reason === null && setStep(one)}
          >
            {text.steps[one].action}
          </Button>
        </Tooltip>
      ))}
      <StepDialog version={version} step={step} onClose={() => setStep(null)} onDone={done} />
    </>
  );
}
