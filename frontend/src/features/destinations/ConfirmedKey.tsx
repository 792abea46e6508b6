/** The host key that somebody has confirmed in this form. */
import { Button } from "@mantine/core";
import { Callout } from "@openreg/ui";
import { formMessages } from "@/forms/messages";

const text = formMessages.hostKey;

export function ConfirmedKey({ fingerprint, onForget }: { fingerprint: string; onForget: () => void }) {
  return (
    <Callout
      tone="success"
      title={text.confirmed}
      actions={
        <Button variant="default" onClick={onForget}>
          {text.forget}
        </Button>
      }
    >
      <span className="or-mono">{fingerprint}</span>
    </Callout>
  );
}
