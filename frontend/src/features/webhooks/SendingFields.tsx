/** How fast a webhook is sent to, in which order, and when what failed is tried again. */
import { NumberInput, Stack, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Webhook } from "./api";
import { sendingMessages as text } from "./sendingMessages";
import { readWaits, showWaits } from "./waits";

const MOST_CONCURRENT = 64;
const MOST_PER_MINUTE = 60_000;

export type Sending = Pick<Webhook, "retry_waits" | "max_concurrent" | "max_per_minute" | "is_ordered">;

interface SendingFieldsProps {
  value: Sending;
  onChange: (changes: Partial<Sending>) => void;
  /** Messages of the server by the names of its fields. */
  faults: Record<string, string>;
  readOnly?: boolean;
}

export function SendingFields({ value, onChange, faults, readOnly = false }: SendingFieldsProps) {
  const [waits, setWaits] = useState(showWaits(value.retry_waits));
  const isUnreadable = readWaits(waits) === null;

  function typed(words: string) {
    setWaits(words);
    const read = readWaits(words);
    if (read !== null) onChange({ retry_waits: read });
  }

  return (
    <Stack gap="md">
      <TextInput
        label={text.waits}
        description={text.waitsHint}
        placeholder={text.waitsUsual}
        readOnly={readOnly}
        value={waits}
        error={isUnreadable ? text.waitsUnreadable : faults["retry_waits"]}
        onChange={(event) => typed(event.currentTarget.value)}
      />
      <NumberInput
        label={text.concurrent}
        description={text.concurrentHint}
        min={1}
        max={MOST_CONCURRENT}
        allowDecimal={false}
        clampBehavior="strict"
        readOnly={readOnly}
        value={value.max_concurrent}
        error={faults["max_concurrent"]}
        onChange={(number) => typeof number === "number" && onChange({ max_concurrent: number })}
      />
      <NumberInput
        label={text.perMinute}
        description={text.perMinuteHint}
        placeholder={text.unlimited}
        min={1}
        max={MOST_PER_MINUTE}
        allowDecimal={false}
        clampBehavior="strict"
        readOnly={readOnly}
        value={value.max_per_minute ?? ""}
        error={faults["max_per_minute"]}
        onChange={(number) => onChange({ max_per_minute: typeof number === "number" ? number : null })}
      />
      <Switch
        label={text.ordered}
        description={text.orderedHint}
        disabled={readOnly}
        checked={value.is_ordered}
        onChange={(event) => onChange({ is_ordered: event.currentTarget.checked })}
      />
    </Stack>
  );
}
