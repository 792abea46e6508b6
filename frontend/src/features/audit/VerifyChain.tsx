import { Button, Stack } from "@mantine/core";
import { Callout, ErrorState } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { verifyAudit } from "./api";
import { auditMessages as text } from "./messages";

/** Computes the chain anew, and says where it does not hold. */
export function VerifyChain() {
  const verify = useMutation({ mutationFn: verifyAudit });
  const verdict = verify.data;
  return (
    <Stack gap="sm" align="flex-start" pb="sm">
      <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
        {text.verify}
      </Button>
      {verify.isError && <ErrorState error={verify.error} />}
      {verdict?.is_intact && (
        <Callout tone="success" role="status" title={text.intact(verdict.entries, verdict.first_number)}>
          {text.head}: <span className="or-mono">{verdict.head}</span>
        </Callout>
      )}
      {verdict && !verdict.is_intact && (
        <Callout tone="failed" title={text.broken}>
          <ul>
            {verdict.faults.map((fault) => (
              <li key={`${fault.number}-${fault.kind}`}>{fault.text}</li>
            ))}
          </ul>
        </Callout>
      )}
    </Stack>
  );
}
