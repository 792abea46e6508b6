import { AppLink } from "@openreg/ui";
import type { Feedback } from "./api";
import { feedbackMessages as text } from "./messages";

/** The submission that a file is about, by its reference. */
export function SubmissionLink({ file }: { file: Feedback }) {
  if (!file.submission_id) return <>{text.facts.none}</>;
  return (
    <AppLink to="/submissions/$submissionId" params={{ submissionId: file.submission_id }}>
      {file.submission_reference}
    </AppLink>
  );
}
